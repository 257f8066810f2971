import { createHash } from 'node:crypto';
import type { StatePosition } from './state-machine';

/** Covers the rows and, through the audit head, the whole history; not the membership, the cluster's id or the term. */
export function stateHash(position: StatePosition): string {
  const text = JSON.stringify([
    position.clusterVersion,
    position.index,
    position.lastAtMs,
    position.rowHash,
    position.auditHead,
  ]);
  return createHash('sha256').update(text).digest('hex');
}
