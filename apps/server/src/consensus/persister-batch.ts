import type { DatabaseSession } from '../database/database-session';
import { metaValues, moveMeta, touchMeta } from './persister-meta';
import type { PendingGroup, PendingRow } from './persister-queue';
import type { PersisterTable, SetStatement } from './persister-table';

/** The database does not stand where this node left it: another process has written to it. Never retried. */
export class ForeignWriteError extends Error {
  constructor(expected: number) {
    super(
      `the database no longer stands at index ${expected}, where this node left it: another process writes to it, or it ` +
        'was replaced while the node ran. Give every node a database of its own; this node stops and starts from its log.',
    );
    this.name = 'ForeignWriteError';
  }
}

/** Deletions first, then rows; what several groups did to a current row comes down to the last of it. */
function statementsOf(groups: readonly PendingGroup[]): readonly SetStatement[] {
  const last = new Map<PersisterTable, Map<string, PendingRow>>();
  const history = new Map<PersisterTable, object[]>();
  for (const pending of groups.flatMap((group) => group.rows)) {
    const { table, key } = pending;
    if (table.kind === 'history') entryOf(history, table, () => []).push(pending.row);
    else entryOf(last, table, () => new Map<string, PendingRow>()).set(key, pending);
  }
  const deletions: SetStatement[] = [];
  const writes: SetStatement[] = [];
  for (const [table, rows] of last) {
    const [gone, kept] = [true, false].map((deleted) =>
      [...rows.values()].filter((pending) => pending.deleted === deleted).map(({ row }) => row),
    ) as [object[], object[]];
    if (gone.length > 0) deletions.push(table.delete(gone));
    if (kept.length > 0) writes.push(table.write(kept));
  }
  for (const [table, rows] of history) writes.push(table.write(rows));
  return [...deletions, ...writes];
}

/**
 * One transaction: the rows, the applied index, and what the exactly-once window has passed. Two trips to the server,
 * because on a busy node each trip costs a turn of the event loop, and readers of history wait for the commit.
 */
export async function writeBatch(
  session: DatabaseSession,
  groups: readonly PendingGroup[],
  from: number,
  options: { readonly durable: boolean; readonly windowLength: number; readonly also?: readonly SetStatement[] },
): Promise<void> {
  const newest = groups[groups.length - 1];
  if (!newest) return;
  const { position, membership } = newest;
  const outcomes = await session.queryAll([
    { text: `BEGIN; SET LOCAL synchronous_commit = ${options.durable ? 'on' : 'off'}` },
    // First of all, so that its row lock keeps a transaction that a lost connection left behind apart from this one.
    { text: moveMeta, values: metaValues(from, position, membership) },
    ...statementsOf(groups),
    { text: 'DELETE FROM command_outcomes WHERE index <= $1', values: [position.index - options.windowLength] },
    ...(options.also ?? []),
  ]);
  const moved = outcomes[1];
  // A foreign write is the cause of whatever else failed.
  if (moved?.status === 'fulfilled' && moved.value.rowCount !== 1) throw new ForeignWriteError(from);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  await commit(session);
}

/** Makes everything up to `index` safe from a crash of the server: a synchronous commit covers all commits before it. */
export async function writeThrough(session: DatabaseSession, index: number): Promise<void> {
  await session.query('BEGIN; SET LOCAL synchronous_commit = on');
  const touched = await session.query(touchMeta, [index]);
  if (touched.rowCount !== 1) throw new ForeignWriteError(index);
  await commit(session);
}

async function commit(session: DatabaseSession): Promise<void> {
  const { command } = await session.query('COMMIT');
  if (command !== 'COMMIT') throw new Error(`the transaction ended in ${command}`);
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
