import { hash } from 'node:crypto';
import { AuditRecordEntity } from './audit-record.entity';
import { defineHistory } from './state/table-definition';

export const auditRecords = defineHistory<AuditRecordEntity>({
  name: 'audit_records',
  entity: AuditRecordEntity,
  key: ['index'],
});

/** The newest link of the chain, part of the replicated state: deleted last rows show against it. */
export interface AuditHead {
  readonly index: number;
  readonly hash: string;
}

export const firstAuditHead: AuditHead = { index: 0, hash: '0'.repeat(64) };

export type UnchainedAuditRecord = Omit<AuditRecordEntity, 'hash' | 'previousHash'>;

/** SHA-256 over the previous hash and every other column, as JSON in a fixed order. */
export function auditHash(record: UnchainedAuditRecord, previousHash: string): string {
  const {
    index,
    at,
    actorId,
    requestId,
    command,
    subjectType,
    subjectId,
    projectId,
    outcome,
    code,
    summary,
    versionBefore,
    versionAfter,
  } = record;
  const text = JSON.stringify([
    previousHash,
    index,
    at,
    actorId,
    requestId,
    command,
    subjectType,
    subjectId,
    projectId,
    outcome,
    code,
    summary,
    versionBefore,
    versionAfter,
  ]);
  return hash('sha256', text, 'hex');
}

export function chainAuditRecord(record: UnchainedAuditRecord, head: AuditHead): AuditRecordEntity {
  return { ...record, previousHash: head.hash, hash: auditHash(record, head.hash) };
}
