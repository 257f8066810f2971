import type { DataSource } from 'typeorm';
import type { DatabaseSession } from '../database/database-session';
import { layoutOf, quoted, rowReader, selectList } from '../database/table-layout';
import { RaftMetaEntity } from './raft-meta.entity';
import type { StatePosition } from './state-hash';
import type { TableDefinition } from './state/table-definition';

/** Rows of one round trip: few enough to keep memory and the event loop free, enough to make the trips cheap. */
const chunkRows = 5_000;

/** The one row of `raft_meta`; undefined in an empty database. */
export async function readMeta(session: DatabaseSession, dataSource: DataSource): Promise<RaftMetaEntity | undefined> {
  const layout = layoutOf(dataSource, RaftMetaEntity);
  const { rows } = await session.query(`SELECT ${selectList(layout)} FROM raft_meta WHERE id = 1`);
  return rows[0] && (rowReader(layout)(rows[0]) as RaftMetaEntity);
}

/** Reads the rows of a table through a cursor, some thousand at a time, inside the transaction that the session is in. */
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
  for (let fetched = chunkRows; fetched === chunkRows;) {
    const { rows } = await session.query(`FETCH ${chunkRows} FROM rows`);
    await take(rows.map(read));
    fetched = rows.length;
  }
  await session.query('CLOSE rows');
}

export const positionOf = (meta: RaftMetaEntity): StatePosition => ({
  index: meta.appliedIndex,
  term: meta.appliedTerm,
  lastAtMs: Date.parse(meta.lastAt),
  auditHead: { index: meta.auditHeadIndex, hash: meta.auditHeadHash },
  clusterVersion: meta.clusterVersion,
  rowHash: meta.rowHash,
});
