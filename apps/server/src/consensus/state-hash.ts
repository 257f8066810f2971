import { createHash } from 'node:crypto';
import type { AuditHead } from './audit-chain';

/** The replicated values that are no table. With the tables they are the whole state. */
export interface StatePosition {
  readonly index: number;
  readonly term: number;
  readonly lastAtMs: number;
  readonly auditHead: AuditHead;
  readonly clusterVersion: number;
  readonly rowHash: string;
}

/**
 * Covers the rows and, through the audit head, the whole history. Not the membership, the cluster's id, the term or the
 * index: a restored state is the same state, further on in another log.
 */
export function stateHash(position: StatePosition): string {
  const text = JSON.stringify([position.clusterVersion, position.lastAtMs, position.rowHash, position.auditHead]);
  return createHash('sha256').update(text).digest('hex');
}
