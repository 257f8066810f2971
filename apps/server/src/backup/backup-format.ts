import type { SnapshotHeader } from '../consensus/snapshots/snapshot-lines';
import type { TableDefinition } from '../consensus/state/table-definition';

/**
 * A backup is a gzip of lines of JSON: this header; the current rows; the whole history; the footer. Rows are
 * `{table, row}` as in a snapshot. What belongs to one cluster and not to its content is left out: members, the
 * exactly-once window, secrets of the nodes.
 */
export interface BackupHeader extends SnapshotHeader {
  readonly kind: 'config-guardian-backup';
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  readonly clusterId: string;
  readonly nodeId: string;
  /** The release that wrote it. */
  readonly release: string;
  readonly stateHash: string;
}

export interface BackupFooter {
  readonly end: true;
  readonly rows: number;
  /** SHA-256, hex, over all lines before this one, line feeds included. */
  readonly sha256: string;
}

/** The tables of a backup; its history is complete. */
export const backedUp = (
  tables: readonly TableDefinition<object, string>[],
): readonly TableDefinition<object, string>[] =>
  tables.filter(({ kind, isHashed, name }) => (kind === 'current' ? isHashed : name !== 'command_outcomes'));

/** Not a backup, or not a whole one. The message says what is wrong with it. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}
