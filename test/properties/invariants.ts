import { configs, configTombstones } from '../../apps/server/src/configs/configs.table';
import type { ConfigRevisionEntity } from '../../apps/server/src/configs/config-revision.entity';
import { auditHash, firstAuditHead } from '../../apps/server/src/consensus/audit-chain';
import type { AuditRecordEntity } from '../../apps/server/src/consensus/audit-record.entity';
import type { Outcome } from '../../apps/server/src/consensus/outcome-window';
import type { Applied, StateMachine } from '../../apps/server/src/consensus/state-machine';
import { RowHash } from '../../apps/server/src/consensus/state/row-hash';
import { hasNull, keyOf } from '../../apps/server/src/consensus/state/table-definition';
import { schemas } from '../../apps/server/src/schemas/schemas.table';
import { users } from '../../apps/server/src/users/users.table';
import { projects } from '../../apps/server/src/projects/projects.table';

/** A machine and what each entry did to it, from the first on. */
export interface Past {
  readonly machine: StateMachine;
  readonly applied: readonly Applied[];
}

export function historyOf<Row>({ applied }: Past, table: string): readonly Row[] {
  return applied.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.table.name === table ? [change.after as Row] : [])),
  );
}

const json = JSON.stringify;

function uniqueKeys({ machine }: Past): string[] {
  return [...machine.state.tables].flatMap((table) => {
    const { name, key, unique, indexes } = table.definition;
    const rows = [...table.rows()];
    const twice = [['key', key] as const, ...Object.entries(unique)].flatMap(([index, columns]) => {
      const values = rows.filter((row) => !hasNull(row, columns)).map((row) => keyOf(row, columns));
      return new Set(values).size === values.length ? [] : [`${name}: two rows share ${index}`];
    });
    const unfound = rows.flatMap((row) => [
      ...(table.get(table.keyOf(row)) === row ? [] : [`${name}: not found by its key`]),
      ...Object.entries(unique)
        .filter(([, columns]) => !hasNull(row, columns))
        .filter(([index, columns]) => table.byUnique(index, keyOf(row, columns)) !== row)
        .map(([index]) => `${name}: not found by ${index}`),
      ...Object.entries(indexes)
        .filter(([index, columns]) => ![...table.byIndex(index, keyOf(row, columns))].includes(row))
        .map(([index]) => `${name}: not listed by ${index}`),
    ]);
    return [...twice, ...unfound, ...(table.size === rows.length ? [] : [`${name}: a wrong size`])];
  });
}

function references({ machine: { state } }: Past): string[] {
  return state.references.flatMap(({ from, index, to }) =>
    [...state.table(from.name).rows()]
      .filter((row) => !state.table(to.name).get(keyOf(row, from.indexes[index] ?? [])))
      .map((row) => `${from.name} ${keyOf(row, from.key)} refers to no row of ${to.name}`),
  );
}

/** The rows of a history by what they belong to, in the order of the log. */
function grouped<Row extends { readonly version: number }>(rows: readonly Row[], name: (row: Row) => string) {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(name(row), [...(groups.get(name(row)) ?? []), row]);
  return groups;
}

const configName = ({ projectId, key }: { readonly projectId: string; readonly key: string }) => `${projectId}/${key}`;
const revisionsOf = (past: Past) => grouped(historyOf<ConfigRevisionEntity>(past, 'config_revisions'), configName);

function versions(past: Past): string[] {
  const byConfig = revisionsOf(past);
  const bySchema = grouped(
    historyOf<{ schemaId: string; version: number }>(past, 'schema_versions'),
    (row) => row.schemaId,
  );
  const gaps = [...byConfig, ...bySchema].flatMap(([name, rows]: [string, readonly { readonly version: number }[]]) =>
    rows.every(({ version }, at) => version === at + 1)
      ? []
      : [`${name}: versions ${rows.map((row) => row.version).join()}`],
  );
  const { state } = past.machine;
  const newest = [
    ...[...state.of(configs).all()].map(
      (row) => [configName(row), row, byConfig.get(configName(row))?.at(-1)] as const,
    ),
    ...[...state.of(schemas).all()].map((row) => [row.id, row, bySchema.get(row.id)?.at(-1)] as const),
  ];
  const apart = newest
    .filter(([, row, last]) => row.version !== last?.version)
    .map(([name]) => `${name}: not its newest`);
  return [...gaps, ...apart];
}

function tombstones(past: Past): string[] {
  const { state } = past.machine;
  const gone = [...state.of(configTombstones).all()];
  const both = gone.filter(({ projectId, key }) => state.of(configs).get(projectId, key)).map(configName);
  const wrong = [...revisionsOf(past)].flatMap(([name, rows]) => {
    const last = rows.at(-1);
    if (!last || !state.of(projects).get(last.projectId)) return [];
    const held = state.of(configTombstones).get(last.projectId, last.key)?.lastVersion;
    const expected = last.operation === 'delete' ? last.version : undefined;
    return held === expected ? [] : [`${name}: tombstone ${held} instead of ${expected}`];
  });
  return [...both.map((name) => `${name}: a config and its tombstone`), ...wrong];
}

function administrator({ machine: { state } }: Past): string[] {
  const all = [...state.of(users).all()];
  return all.length === 0 || all.some(({ isAdmin }) => isAdmin) ? [] : ['no administrator is left'];
}

function auditChain(past: Past): string[] {
  let head = firstAuditHead;
  const broken: string[] = [];
  for (const record of historyOf<AuditRecordEntity>(past, 'audit_records')) {
    const { hash, previousHash, ...unchained } = record;
    if (previousHash !== head.hash || hash !== auditHash(unchained, previousHash)) broken.push(`link ${record.index}`);
    if (record.index <= head.index) broken.push(`${record.index} follows ${head.index}`);
    head = { index: record.index, hash };
  }
  return json(past.machine.position.auditHead) === json(head) ? broken : [...broken, 'the head is not the last record'];
}

/** Each entry with a first outcome has one record, whatever became of it; only these three outcomes leave no trace. */
const untraced = new Set<string>(['schema-changed', 'idempotency-mismatch', 'outcome-unknown']);

function onceEach({ applied }: Past): string[] {
  const first = new Map<string, Outcome>();
  return applied.flatMap(({ index, commandId, outcome, duplicate, changes }) => {
    if (!outcome || commandId === null) return [];
    const traces = changes.filter(({ table }) => ['audit_records', 'command_outcomes'].includes(table.name)).length;
    if (outcome.status === 'rejected' && untraced.has(outcome.code))
      return changes.length === 0 ? [] : [`${index}: traces`];
    const known = first.get(commandId);
    if (duplicate)
      return json(known) === json(outcome) && changes.length === 0 ? [] : [`${index}: not the first outcome`];
    first.set(commandId, outcome);
    if (known) return [`${index}: executed a second time`];
    const others = changes.length - traces;
    return traces === 2 && (outcome.status === 'applied' || others === 0)
      ? []
      : [`${index}: ${traces} traces, ${others} rows`];
  });
}

function stateHash({ machine }: Past): string[] {
  const fresh = new RowHash();
  for (const table of machine.state.tables) {
    for (const row of table.rows()) fresh.change(table.definition as never, undefined, row);
  }
  return fresh.value === machine.position.rowHash ? [] : ['the running hash is not the hash of the rows'];
}

function modIndexes({ machine, applied }: Past): string[] {
  const last = new Map<string, number>();
  for (const { index, changes } of applied) {
    for (const { table, key } of changes) last.set(`${table.name} ${key}`, index);
  }
  return [...machine.state.tables].flatMap((table) =>
    [...table.rows()]
      .filter((row) => last.get(`${table.definition.name} ${table.keyOf(row)}`) !== row.modIndex)
      .map((row) => `${table.definition.name} ${table.keyOf(row)}: modIndex ${row.modIndex}`),
  );
}

/** What holds after every entry of every log; each answers with what breaks it. */
export const invariants: Readonly<Record<string, (past: Past) => readonly string[]>> = {
  'keys are unique and every index finds every row': uniqueKeys,
  'every reference has its row': references,
  'versions have no gap, and the newest is the state': versions,
  'a deleted key leaves a tombstone with its last version, and nothing else does': tombstones,
  'one administrator is left at least': administrator,
  'the audit chain is whole and ends at the head': auditChain,
  'each command has one outcome, one record, and none that was rejected changed a row': onceEach,
  'the running hash is the hash of the rows': stateHash,
  'every row names the entry that last changed it': modIndexes,
};

export const violations = (past: Past): readonly string[] =>
  Object.entries(invariants).flatMap(([name, check]) => check(past).map((what) => `${name}: ${what}`));
