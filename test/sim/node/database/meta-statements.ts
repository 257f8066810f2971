import type { Form, Values } from './form';
import { counted, selected } from './form';
import type { StoredRow, Transaction } from './tables';

const table = 'raft_meta';
const key = '1';

const found = (transaction: Transaction): StoredRow | undefined => transaction.get(table, key);
const textOf = (value: unknown): string | null => (value === null ? null : String(value));

/** Takes the lock of the one row, and looks only then: what waited for a lock sees what the other has left. */
export const locksMeta = (text: string): boolean => /^UPDATE raft_meta|FROM raft_meta .*FOR UPDATE$/.test(text);

const move: Form = {
  pattern: /^UPDATE raft_meta SET (applied_index = \$2,[\s\S]+?)\s+WHERE id = 1( AND applied_index = \$1)?$/,
  compile([, list, condition]) {
    const columns = [...list!.matchAll(/(\w+) = \$(\d+)/g)].map(([, name, at]) => ({
      name: name!,
      at: Number(at) - 1,
    }));
    return (transaction, values) => {
      const row = found(transaction);
      if (row === undefined || (condition && row.applied_index !== textOf(values[0]))) return counted(0);
      const moved = Object.fromEntries(columns.map(({ name, at }) => [name, textOf(values[at])]));
      transaction.set(table, key, { ...row, ...moved });
      return counted(1);
    };
  },
};

const touch: Form = {
  pattern: /^UPDATE raft_meta SET applied_index = applied_index WHERE id = 1 AND applied_index = \$1$/,
  compile: () => (transaction, values) => {
    const row = found(transaction);
    if (row?.applied_index !== textOf(values[0])) return counted(0);
    transaction.isTouchOnly = true;
    transaction.set(table, key, row);
    return counted(1);
  },
};

const readIndex: Form = {
  pattern: /^SELECT applied_index FROM raft_meta WHERE id = 1( FOR UPDATE)?$/,
  compile: () => (transaction) => {
    const row = found(transaction);
    return row ? { rows: [{ applied_index: row.applied_index }], rowCount: 1 } : counted(0);
  },
};

const read: Form = {
  pattern: /^SELECT (.+) FROM raft_meta WHERE id = 1$/,
  compile([, list], schema) {
    const reader = selected(schema.get(table)!, list!);
    return (transaction) => {
      const row = found(transaction);
      return row ? { rows: [reader(row)], rowCount: 1 } : counted(0);
    };
  },
};

const begin: Form = {
  pattern: /^INSERT INTO raft_meta \(([^)]+)\)\s+VALUES \(([^)]+)\) ON CONFLICT DO NOTHING$/,
  compile([, list, expressions]) {
    const names = list!.split(',').map((name) => name.trim());
    const members = expressions!.split(',').map((expression) => valueOf(expression.trim()));
    return (transaction, values) => {
      if (found(transaction)) return counted(0);
      transaction.set(table, key, Object.fromEntries(names.map((name, at) => [name, members[at]!(values)])));
      return counted(1);
    };
  },
};

function valueOf(expression: string): (values: Values) => string | null {
  if (/^\d+$/.test(expression)) return () => expression;
  const places = [...expression.matchAll(/\$(\d+)/g)].map(([, at]) => Number(at) - 1);
  if (places.length === 1) return (values) => textOf(values[places[0]!]);
  return (values) => String(places.reduce((sum, at) => sum + Number(values[at]), 0));
}

export const metaStatements: readonly Form[] = [touch, move, readIndex, read, begin];
