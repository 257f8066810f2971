import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { BoundedQueue } from '../common/bounded-queue';
import type { Deadline } from '../common/deadline';
import { reject } from '../common/rejected';
import type { AuditHead } from '../consensus/audit-chain';
import { AuditRecordEntity } from '../consensus/audit-record.entity';
import { ConsensusService } from '../consensus/consensus.service';
import { History } from '../consensus/history';
import { layoutOf, rowReader, selectList } from '../database/table-layout';
import type { BrokenLink } from './audit-chain-check';
import { AuditChainCheck } from './audit-chain-check';
import type { AuditVerificationDto } from './audit.dto';

/** Some milliseconds of hashing; between two chunks other requests have their turn. */
const chunkLength = 1_000;
/** Less than any index, so that a forged record below the first shows too. */
const beforeAll = '-9223372036854775808';

@Injectable()
export class AuditVerification {
  readonly #queue = new BoundedQueue({ running: 1, waiting: 8, detail: 'Too many verifications are waiting.' });

  constructor(
    private readonly consensus: ConsensusService,
    private readonly history: History,
  ) {}

  /** One at a time: each holds a connection and a snapshot for as long as it reads. */
  async verify(deadline: Deadline): Promise<AuditVerificationDto> {
    return this.#queue.run(() => this.#verify(deadline), deadline);
  }

  async #verify(deadline: Deadline): Promise<AuditVerificationDto> {
    // The head first, then the rows: those of later commands are beyond it and left to a later verification.
    const head = this.consensus.auditHead;
    const check = new AuditChainCheck(head);
    const firstBroken = await this.history.at(head.index, deadline, async (snapshot) => {
      const storedHead = await storedHeadOf(snapshot);
      // The state is never behind its database, and whoever adds a record may have changed the stored head with it.
      const newest = Math.min(storedHead, this.consensus.auditHead.index);
      return (await follow(snapshot, head, check, deadline)) ?? check.end(await beyond(snapshot, newest));
    });
    const { index: headIndex, hash: headHash } = head;
    return { valid: firstBroken === null, checked: check.checked, headIndex, headHash, firstBroken };
  }
}

async function follow(
  snapshot: EntityManager,
  head: AuditHead,
  check: AuditChainCheck,
  deadline: Deadline,
): Promise<BrokenLink | null> {
  const layout = layoutOf(snapshot.dataSource, AuditRecordEntity);
  const toRecord = reader(rowReader(layout));
  const text = `SELECT ${selectList(layout)} FROM audit_records WHERE index > $1 AND index <= $2 ORDER BY index LIMIT ${chunkLength}`;
  const chunkAfter = (index: string | number): Promise<Record<string, unknown>[]> =>
    snapshot.query(text, [index, head.index]);
  for (let rows = await chunkAfter(beforeAll); rows.length > 0;) {
    if (deadline.isOver) reject('timeout');
    const records = rows.map(toRecord);
    const broken = check.follow(records);
    if (broken || records.length < chunkLength) return broken;
    rows = await chunkAfter(records.at(-1)?.index ?? head.index);
  }
  return null;
}

/** A value that no record can have, such as an infinite time, stays as it is: the hash will not fit it. */
const reader = (toRow: (row: Record<string, unknown>) => object) => (row: Record<string, unknown>) => {
  try {
    return toRow(row) as AuditRecordEntity;
  } catch {
    return row as unknown as AuditRecordEntity;
  }
};

async function storedHeadOf(snapshot: EntityManager): Promise<number> {
  const [meta] = await snapshot.query<{ audit_head_index: string }[]>('SELECT audit_head_index FROM raft_meta');
  return Number(meta?.audit_head_index ?? 0);
}

/** A record that no command can have written. */
async function beyond(snapshot: EntityManager, newest: number): Promise<number | null> {
  const text = 'SELECT index FROM audit_records WHERE index > $1 ORDER BY index LIMIT 1';
  const [record] = await snapshot.query<{ index: string }[]>(text, [newest]);
  return record ? Number(record.index) : null;
}
