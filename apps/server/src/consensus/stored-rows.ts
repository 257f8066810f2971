import type { DataSource } from 'typeorm';
import type { DatabaseSession } from '../database/database-session';
import { layoutOf, quoted, rowReader, selectList } from '../database/table-layout';
import { RaftMetaEntity } from './raft-meta.entity';
import type { StatePosition } from './state-hash';
import type { TableDefinition } from './state/table-definition';

/** Rows of one round trip: the first are few, because nobody knows how large they are. */
const firstRows = 8;
const mostRows = 400;
/** What a round trip is to bring: enough to make the trips cheap, little enough to keep memory and the event loop free. */
export const chunkChars = 512 * 1024;

/** The one row of `raft_meta`; undefined in an empty database. */
export async function readMeta(session: DatabaseSession, dataSource: DataSource): Promise<RaftMetaEntity | undefined> {
  const layout = layoutOf(dataSource, RaftMetaEntity);
  const { rows } = await session.query(`SELECT ${selectList(layout)} FROM raft_meta WHERE id = 1`);
  return rows[0] && (rowReader(layout)(rows[0]) as RaftMetaEntity);
}

/**
 * Reads the rows of a table through a cursor, inside the transaction that the session is in. As many at a time as brought
 * `chunkChars` the last time, at most twice as many as then.
 */
export async function eachChunk(
  session: DatabaseSession,
  dataSource: DataSource,
  table: TableDefinition<object, string>,
  condition: string,
  take: (rows: readonly object[]) => void | Promise<void>,
): Promise<void> {
  const layout = layoutOf(dataSource, table.entity);
  const read = rowReader(layout);
  await session.query(
    `DECLARE rows NO SCROLL CURSOR FOR SELECT ${selectList(layout)} FROM ${quoted(layout.name)} ${condition}`,
  );
  for (let [wanted, isLast] = [firstRows, false]; !isLast;) {
    const { rows } = await session.query(`FETCH ${wanted} FROM rows`);
    isLast = rows.length < wanted;
    wanted = rowsOfNext(rows);
    await take(rows.map(read));
  }
  await session.query('CLOSE rows');
}

function rowsOfNext(rows: readonly Readonly<Record<string, unknown>>[]): number {
  const chars = rows.reduce((sum, row) => sum + charsOf(row), 0);
  const fitting = Math.floor((chunkChars * rows.length) / Math.max(1, chars));
  return Math.max(1, Math.min(fitting, 2 * rows.length, mostRows));
}

const charsOf = (row: Readonly<Record<string, unknown>>): number =>
  Object.values(row).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);

export const positionOf = (meta: RaftMetaEntity): StatePosition => ({
  index: meta.appliedIndex,
  term: meta.appliedTerm,
  lastAtMs: Date.parse(meta.lastAt),
  auditHead: { index: meta.auditHeadIndex, hash: meta.auditHeadHash },
  clusterVersion: meta.clusterVersion,
  rowHash: meta.rowHash,
});
