import { configuration } from '@config-guardian/raft';
import type { PersisterOptions } from '../../../apps/server/src/consensus/persister-options';
import { GROUP } from './leader';

export const IDENTITY = { clusterId: 'simulated', nodeId: 'n', incarnation: '1' };
export const LOG_DIRECTORY = '/log';

/** What the node's log begins with. */
export const BEGINNING = { alone: configuration(['n#1']), group: GROUP };

/** Limits so small that each of them is met. */
export const LOG = { segmentBytes: 8192, frameBytes: 4096 };
export const LIMITS = { ...LOG, keptEntries: 20, keptBytes: 6_000, maxWriteBytes: 3_000, stopMs: 500 };
export const TIMING = { heartbeatMs: 50, electionMs: 500 };
export const WINDOW = 40;

export const PERSISTER: Partial<PersisterOptions> = {
  maxPendingRows: 60,
  maxBatchRows: 24,
  maxBatchBytes: 30_000,
  gatherMs: 5,
  syncIntervalMs: 60,
  firstPauseMs: 5,
  longestPauseMs: 200,
  stopTimeoutMs: 400,
};
