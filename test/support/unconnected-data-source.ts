import type { DataSource } from 'typeorm';
import { RaftMetaEntity } from '../../apps/server/src/consensus/raft-meta.entity';
import { createDataSource } from '../../apps/server/src/database/data-source';
import { aFullRegistry } from './every-feature';

/** Knows the layout of every table, as a connected one does, but nothing can be asked of it. */
export async function anUnconnectedDataSource(): Promise<DataSource> {
  const nowhere = { url: 'postgres://nowhere/none', poolMax: 1, connectTimeoutMs: 1, statementTimeoutMs: 1 };
  const entities = [...aFullRegistry().tables.map(({ entity }) => entity), RaftMetaEntity];
  const dataSource = createDataSource(nowhere, entities);
  // What `initialize` does once it is connected; there is no public way to have it alone.
  await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  return dataSource;
}
