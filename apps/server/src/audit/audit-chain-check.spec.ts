import type { AuditHead, UnchainedAuditRecord } from '../consensus/audit-chain';
import { auditHash, chainAuditRecord, firstAuditHead } from '../consensus/audit-chain';
import type { AuditRecordEntity } from '../consensus/audit-record.entity';
import type { BrokenLink } from './audit-chain-check';
import { AuditChainCheck } from './audit-chain-check';

const unchained = (index: number): UnchainedAuditRecord => ({
  index,
  at: `2026-01-01T00:00:0${index % 10}.000Z`,
  actorId: index % 2 ? 'ada' : null,
  requestId: `request-${index}`,
  command: 'config.update@1',
  subjectType: 'config',
  subjectId: 'app',
  projectId: 'p1',
  outcome: index % 3 ? 'applied' : 'rejected',
  code: index % 3 ? null : 'version-conflict',
  summary: 'update config app',
  versionBefore: index,
  versionAfter: index + 1,
});

function chainOf(indexes: readonly number[]): { records: AuditRecordEntity[]; head: AuditHead } {
  const records: AuditRecordEntity[] = [];
  let head = firstAuditHead;
  for (const index of indexes) {
    const record = chainAuditRecord(unchained(index), head);
    records.push(record);
    head = { index, hash: record.hash };
  }
  return { records, head };
}

// Not every log index has a record: a leader's first entry has none.
const indexes = [2, 3, 4, 7, 8, 9];
const { records, head } = chainOf(indexes);

function verify(stored: readonly AuditRecordEntity[], beyond: number | null = null): BrokenLink | null {
  const check = new AuditChainCheck(head);
  return check.follow(stored.slice(0, 2)) ?? check.follow(stored.slice(2)) ?? check.end(beyond);
}

const without = (index: number) => records.filter((record) => record.index !== index);
const changed = (index: number, change: (record: AuditRecordEntity) => AuditRecordEntity) =>
  records.map((record) => (record.index === index ? change(record) : record));

describe('AuditChainCheck', () => {
  it('finds nothing wrong with a chain that ends at the head', () => {
    expect(verify(records)).toBeNull();
  });

  it('finds nothing wrong with no records where there is no head', () => {
    expect(new AuditChainCheck(firstAuditHead).end(null)).toBeNull();
  });

  it('counts the records that it found good', () => {
    const check = new AuditChainCheck(head);
    check.follow(records.slice(0, 4));
    expect(check.checked).toBe(4);
    check.follow(changed(8, (record) => ({ ...record, summary: 'nothing happened' })).slice(4));
    expect(check.checked).toBe(4);
  });

  it.each(Object.keys(unchained(7)).filter((column) => column !== 'index'))(
    'names the record whose %s was changed',
    (column) => {
      const broken = verify(
        changed(7, (record) => ({ ...record, [column]: column.startsWith('version') ? 999 : 'forged' })),
      );
      expect(broken).toEqual({ index: 7, reason: expect.stringContaining('the record was changed') });
    },
  );

  it('names the record after one that was changed together with its hash', () => {
    const broken = verify(
      changed(7, (record) => {
        const forged = { ...record, summary: 'nothing happened' };
        return { ...forged, hash: auditHash(forged, forged.previousHash) };
      }),
    );
    expect(broken).toEqual({ index: 8, reason: expect.stringContaining('not the hash of record 7') });
  });

  it('names the head when it was changed together with its hash', () => {
    const broken = verify(
      changed(9, (record) => {
        const forged = { ...record, outcome: 'applied' as const, code: null };
        return { ...forged, hash: auditHash(forged, forged.previousHash) };
      }),
    );
    expect(broken).toEqual({ index: 9, reason: expect.stringContaining('not that of the replicated head') });
  });

  it('names the head when the whole chain was written anew', () => {
    const forged: AuditRecordEntity[] = [];
    let last = firstAuditHead;
    for (const { previousHash: _before, hash: _own, ...record } of records) {
      const next = chainAuditRecord({ ...record, actorId: 'mallory' }, last);
      forged.push(next);
      last = { index: next.index, hash: next.hash };
    }
    expect(verify(forged)).toEqual({ index: 9, reason: expect.stringContaining('not that of the replicated head') });
  });

  it('names the record after one that was deleted', () => {
    expect(verify(without(4))).toEqual({ index: 7, reason: expect.stringContaining('not the hash of record 3') });
  });

  it('names the first record that is left when the first was deleted', () => {
    expect(verify(without(2))).toEqual({ index: 3, reason: expect.stringContaining('not that of a first record') });
  });

  it('names the head when the last record was deleted', () => {
    expect(verify(without(9))).toEqual({ index: 9, reason: expect.stringContaining('missing') });
  });

  it('names the head when every record was deleted', () => {
    expect(verify([])).toEqual({ index: 9, reason: expect.stringContaining('missing') });
  });

  it('names the record after one that was added with a right hash', () => {
    const before = records[2];
    const added = chainAuditRecord(unchained(5), { index: 4, hash: before?.hash ?? '' });
    const stored = [...records.slice(0, 3), added, ...records.slice(3)];
    expect(verify(stored)).toEqual({ index: 7, reason: expect.stringContaining('not the hash of record 5') });
  });

  it('names a record beyond the head', () => {
    expect(verify(records, 12)).toEqual({ index: 12, reason: expect.stringContaining('beyond') });
  });
});
