import type { RaftLogOptions } from '@config-guardian/raft-node';

/** What the node needs to know before it can take part; injected by the composition root. */
export interface ConsensusOptions {
  readonly nodeId: string;
  /** Where the log lies. */
  readonly logDirectory: string;
  /** Where snapshots lie while they travel; without it this node gives and takes none. */
  readonly snapshotsDirectory?: string;
  /** Ends the process: the state or the disk can no longer be trusted. */
  readonly onFatal: (error: Error) => void;
  /** How often a leader is heard of, and how long it is missed before it is replaced. */
  readonly timing?: RaftLogOptions['timing'];
  /** How many log indexes back a repeated command meets its first outcome, the same on every node: how a test sees one forgotten. */
  readonly windowLength?: number;
  /** Another disk under the log, other limits of its queue: how a test makes a disk hang and a queue overflow. */
  readonly log?: Pick<RaftLogOptions, 'fileSystem' | 'limits'>;
}

export const CONSENSUS_OPTIONS = Symbol('consensus options');
