import type { DataSource } from 'typeorm';
import type { CommittedEntry } from '@config-guardian/raft-node';
import { clusterMembers } from '../../apps/server/src/cluster/cluster-members.table';
import { refreshFamilies, refreshFamilyOfUser } from '../../apps/server/src/users/refresh-families.table';
import {
  configOfProject,
  configOfSchema,
  configRevisions,
  configs,
  configTombstones,
  tombstoneOfProject,
} from '../../apps/server/src/configs/configs.table';
import { defineCommand, theSystem } from '../../apps/server/src/consensus/command';
import { CommandRegistry } from '../../apps/server/src/consensus/command.registry';
import { encodeEnvelope } from '../../apps/server/src/consensus/envelope';
import { RaftMetaEntity } from '../../apps/server/src/consensus/raft-meta.entity';
import type { StateMachine } from '../../apps/server/src/consensus/state-machine';
import type { TableDefinition, VersionedRow } from '../../apps/server/src/consensus/state/table-definition';
import { layoutOf, quoted, rowReader, selectList } from '../../apps/server/src/database/table-layout';
import { apiKeyOfProject, apiKeys, projects } from '../../apps/server/src/projects/projects.table';
import { roleOfUser, roles } from '../../apps/server/src/roles/roles.table';
import {
  referenceOfSchema,
  referenceToSchema,
  schemaReferences,
  schemas,
  schemaVersions,
} from '../../apps/server/src/schemas/schemas.table';
import { users } from '../../apps/server/src/users/users.table';

/** Rows to put, rows to delete and history to append, in this order. */
export interface RowChanges {
  readonly put?: readonly (readonly [table: string, row: object])[];
  readonly remove?: readonly (readonly [table: string, ...key: string[]])[];
  readonly append?: readonly (readonly [table: string, row: object])[];
}

const tables = [
  users,
  refreshFamilies,
  projects,
  apiKeys,
  roles,
  schemas,
  schemaReferences,
  schemaVersions,
  configs,
  configTombstones,
  configRevisions,
  clusterMembers,
] as unknown as readonly TableDefinition<VersionedRow, string>[];

const tableNamed = (name: string): TableDefinition<VersionedRow, string> => {
  const table = tables.find((known) => known.name === name);
  if (!table) throw new Error(`no table ${name}`);
  return table;
};

/** Changes any rows of the real tables, so that what writes rows can be tested without the rules of the features. */
const changeRows = defineCommand<RowChanges, null>({
  type: 'rows.change',
  version: 1,
  requires: theSystem,
  apply(state, { put = [], remove = [], append = [] }, { index }) {
    for (const [name, row] of put) state.of(tableNamed(name)).put({ ...row, modIndex: index });
    for (const [name, ...key] of remove) state.of(tableNamed(name)).delete(...key);
    for (const [name, row] of append) {
      state.append(tableNamed(name) as unknown as TableDefinition<object, never>, { ...row, modIndex: index });
    }
    return null;
  },
  audit: () => ({ subject: { type: 'rows', id: '-' }, summary: 'Rows were changed.' }),
});

export const aRowRegistry = (): CommandRegistry =>
  new CommandRegistry({
    tables,
    references: [
      refreshFamilyOfUser,
      apiKeyOfProject,
      roleOfUser,
      referenceOfSchema,
      referenceToSchema,
      configOfProject,
      configOfSchema,
      tombstoneOfProject,
    ],
    commands: [changeRows],
  });

export const allEntities = (): (new () => object)[] => [
  ...aRowRegistry().tables.map(({ entity }) => entity),
  RaftMetaEntity,
];

export function changeEntry(index: number, payload: RowChanges, id = `command-${index}`): CommittedEntry {
  const data = encodeEnvelope({
    id,
    type: changeRows.type,
    version: changeRows.version,
    actor: null,
    requestId: 'request',
    trace: null,
    fingerprint: 'fingerprint',
    birthIndex: index - 1,
    payload,
  });
  return { index, term: 1, at: Date.UTC(2026, 0, 1) + index, data };
}

export const inOrder = (rows: readonly object[]): readonly string[] =>
  rows.map((row) => JSON.stringify(sorted(row))).sort();

const sorted = (row: object): [string, unknown][] => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));

/** The current rows of every table, comparable with `databaseRows`. */
export function stateRows(machine: StateMachine): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...machine.state.tables].map((table) => [table.definition.name, inOrder([...table.rows()])]),
  );
}

/** The rows of the tables of this kind in the database, as the state would hold them. */
export async function databaseRows(
  dataSource: DataSource,
  kind: 'current' | 'history' = 'current',
): Promise<Readonly<Record<string, readonly string[]>>> {
  const wanted = aRowRegistry().tables.filter((table) => table.kind === kind);
  const read = wanted.map(async ({ name, entity }) => {
    const layout = layoutOf(dataSource, entity);
    const rows = await dataSource.query<Record<string, unknown>[]>(`SELECT ${selectList(layout)} FROM ${quoted(name)}`);
    return [name, inOrder(rows.map(rowReader(layout)))] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
