import { readFileSync } from 'node:fs';
import type { Applied } from '../../apps/server/src/consensus/state-machine';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import type { VersionedRow } from '../../apps/server/src/consensus/state/table-definition';
import { bytesOf, goldenPath, isEntry, linesOf } from '../golden/golden-log';
import { aFullRegistry } from '../support/every-feature';
import type { Past } from './invariants';
import { invariants, violations } from './invariants';

/** A machine with something of everything, and its past. */
function aPast(): { machine: StateMachine; applied: Applied[] } {
  const machine = new StateMachine(aFullRegistry());
  const entries = linesOf(readFileSync(goldenPath, 'utf8')).filter(isEntry);
  return { machine, applied: entries.map((entry) => machine.apply({ ...entry, data: bytesOf(entry) })) };
}

const names = Object.keys(invariants);
const broken = (past: Past): readonly string[] => names.filter((name) => invariants[name]?.(past).length);

/** Changes a row behind the back of the state machine. */
function alter({ machine }: Past, table: string, change: object): void {
  const rows = machine.state.table(table);
  const row = [...rows.rows()].at(-1) as VersionedRow;
  rows.set({ ...row, ...change });
}

const withoutHistory = (applied: readonly Applied[], table: string, index: number): Applied[] =>
  applied.map((entry) =>
    entry.index === index
      ? { ...entry, changes: entry.changes.filter((change) => change.table.name !== table) }
      : entry,
  );

describe('the invariants', () => {
  it('hold for the golden log', () => {
    expect(violations(aPast())).toEqual([]);
  });

  const faults: readonly (readonly [string, string, (past: ReturnType<typeof aPast>) => Past | void])[] = [
    ['a second project of the same name', 'keys are unique', (past) => alter(past, 'projects', { id: 'twin' })],
    [
      'a config of a project that is gone',
      'every reference',
      ({ machine }) => void machine.state.table('projects').remove('shop'),
    ],
    [
      'a revision that was skipped',
      'versions have no gap',
      ({ machine, applied }) => ({ machine, applied: withoutHistory(applied, 'config_revisions', 38) }),
    ],
    ['a config that is behind its revisions', 'versions have no gap', (past) => alter(past, 'configs', { version: 1 })],
    [
      'a tombstone beside its config',
      'a deleted key leaves',
      ({ machine }) =>
        void machine.state
          .table('config_tombstones')
          .set({ projectId: 'shop', key: 'http.port', lastVersion: 4, modIndex: 50 }),
    ],
    ['nobody who may administer', 'one administrator', (past) => alter(past, 'users', { isAdmin: false, id: 'root' })],
    [
      'an audit record that was taken out',
      'the audit chain',
      ({ machine, applied }) => ({ machine, applied: withoutHistory(applied, 'audit_records', 30) }),
    ],
    [
      'a command that was executed twice',
      'each command has one outcome',
      ({ machine, applied }) => ({ machine, applied: [...applied, applied[3] as Applied] }),
    ],
    ['a row that was changed without the hash', 'the running hash', (past) => alter(past, 'configs', { content: '0' })],
    ['a row that names another entry', 'every row names', (past) => alter(past, 'configs', { modIndex: 1 })],
  ];

  it.each(faults)('show %s', (_fault, name, tamper) => {
    const past = aPast();
    expect(broken(tamper(past) ?? past).filter((found) => found.startsWith(name))).toHaveLength(1);
  });

  it('are each shown to be breakable', () => {
    expect(names.filter((name) => !faults.some(([, prefix]) => name.startsWith(prefix)))).toEqual([]);
  });
});
