import type { AuditHead } from '../consensus/audit-chain';
import { auditHash, firstAuditHead } from '../consensus/audit-chain';
import type { AuditRecordEntity } from '../consensus/audit-record.entity';

export interface BrokenLink {
  readonly index: number;
  readonly reason: string;
}

/** Follows the chain from its first record to the head that the replicated state names. Fed in order of index. */
export class AuditChainCheck {
  #last = firstAuditHead;
  #checked = 0;

  constructor(private readonly head: AuditHead) {}

  /** Records found good so far. */
  get checked(): number {
    return this.#checked;
  }

  /** The first link that is broken among these records, which follow those given before. */
  follow(records: Iterable<AuditRecordEntity>): BrokenLink | null {
    for (const record of records) {
      const reason = this.#fault(record);
      if (reason !== null) return { index: record.index, reason };
      this.#last = { index: record.index, hash: record.hash };
      this.#checked += 1;
    }
    return null;
  }

  /** Whether the last record is the head. `beyond` is the index of a stored record for which the log has no entry. */
  end(beyond: number | null): BrokenLink | null {
    if (this.#last.index !== this.head.index) {
      const reason = `the record is missing: the replicated head names it, but the last one stored before is ${this.#last.index}`;
      return { index: this.head.index, reason };
    }
    if (beyond === null) return null;
    return { index: beyond, reason: 'the record lies beyond the replicated head: no command wrote it' };
  }

  #fault(record: AuditRecordEntity): string | null {
    if (record.previousHash !== this.#last.hash) {
      return this.#last === firstAuditHead
        ? 'its previousHash is not that of a first record: records before it are missing, or it was changed'
        : `its previousHash is not the hash of record ${this.#last.index}: one of the two was changed, or a record between them was added or removed`;
    }
    if (auditHash(record, record.previousHash) !== record.hash)
      return 'its hash is not the hash of its columns: the record was changed';
    if (record.index === this.head.index && record.hash !== this.head.hash)
      return 'its hash is not that of the replicated head: the record was changed together with its hash';
    return null;
  }
}
