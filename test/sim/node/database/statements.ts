import type { TableLayout } from '../../../../apps/server/src/database/table-layout';
import { elementsOf } from './array-elements';
import type { Execute, Form, Values } from './form';
import { counted, Refusal, selected } from './form';
import { metaStatements } from './meta-statements';
import type { Schema, StoredRow } from './tables';
import { keyOfRow } from './tables';

const namesIn = (list: string): string[] => [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name!);

function layoutIn(schema: Schema, name: string): TableLayout {
  const layout = schema.get(name);
  if (layout === undefined) throw new Error(`the simulated database has no table ${name}`);
  return layout;
}

function rowsOf(names: readonly string[], values: Values): StoredRow[] {
  const columns = names.map((_, at) => elementsOf(values[at] as Buffer | string));
  return columns[0]!.map((_, at) => Object.fromEntries(names.map((name, n) => [name, columns[n]![at]!])));
}

const insert: Form = {
  pattern: /^INSERT INTO "(\w+)" \((.+?)\) SELECT \* FROM unnest\(.+?\)( ON CONFLICT .*)?$/,
  compile([, table, list, conflict = ''], schema) {
    const layout = layoutIn(schema, table!);
    const names = namesIn(list!);
    return (transaction, values) => {
      const rows = rowsOf(names, values);
      for (const row of rows) {
        const key = keyOfRow(layout, row);
        const isThere = transaction.get(layout.name, key) !== undefined;
        if (isThere && conflict === '') throw new Refusal('23505', `duplicate key in ${layout.name}: ${key}`);
        if (!isThere || !conflict.includes('DO NOTHING')) transaction.set(layout.name, key, row);
      }
      return counted(rows.length);
    };
  },
};

const remove: Form = {
  pattern: /^DELETE FROM "(\w+)" AS stored USING unnest\(.+?\) AS gone/,
  compile([, table], schema) {
    const layout = layoutIn(schema, table!);
    return (transaction, values) => {
      const rows = rowsOf(
        layout.key.map(({ name }) => name),
        values,
      );
      for (const row of rows) transaction.set(layout.name, keyOfRow(layout, row), undefined);
      return counted(rows.length);
    };
  },
};

const trim: Form = {
  pattern: /^DELETE FROM (command_outcomes) WHERE index <= \$1$/,
  compile:
    ([, table]) =>
    (transaction, values) => {
      const gone = [...transaction.rowsOf(table!)].filter(([, { index }]) => Number(index) <= Number(values[0]));
      for (const [key] of gone) transaction.set(table!, key, undefined);
      return counted(gone.length);
    },
};

const clear: Form = {
  pattern: /^DELETE FROM "?(\w+)"?$/,
  compile:
    ([, table]) =>
    (transaction) => {
      const gone = [...transaction.rowsOf(table!)];
      for (const [key] of gone) transaction.set(table!, key, undefined);
      return counted(gone.length);
    },
};

const peek: Form = {
  pattern: /^SELECT 1 FROM "(\w+)" LIMIT 1$/,
  compile:
    ([, table]) =>
    (transaction) =>
      counted(transaction.rowsOf(table!).next().done ? 0 : 1),
};

const declare: Form = {
  pattern: /^DECLARE rows NO SCROLL CURSOR FOR SELECT (.+) FROM "(\w+)" ?(?:WHERE index > (-?\d+) ORDER BY index)?$/,
  compile([, list, table, after], schema) {
    const read = selected(layoutIn(schema, table!), list!);
    return (transaction) => {
      let rows = [...transaction.rowsOf(table!)].map(([, row]) => row);
      if (after !== undefined) {
        rows = rows.filter(({ index }) => Number(index) > Number(after));
        rows.sort((a, b) => Number(a.index) - Number(b.index));
      }
      transaction.cursor = { rows: rows.map(read), at: 0 };
      return counted(0);
    };
  },
};

const fetch: Form = {
  pattern: /^FETCH (\d+) FROM rows$/,
  compile:
    ([, count]) =>
    ({ cursor }) => {
      if (cursor === undefined) throw new Refusal('34000', 'cursor "rows" does not exist');
      const rows = cursor.rows.slice(cursor.at, (cursor.at += Number(count)));
      return { rows, rowCount: rows.length };
    },
};

const close: Form = { pattern: /^CLOSE rows$/, compile: () => () => counted(0) };

const forms: readonly Form[] = [...metaStatements, insert, remove, trim, clear, peek, declare, fetch, close];

/** Understands the statements that a node sends to its database, and no others. */
export class Statements {
  private readonly compiled = new Map<string, Execute>();

  constructor(private readonly schema: Schema) {}

  of(text: string): Execute {
    let execute = this.compiled.get(text);
    if (execute === undefined) this.compiled.set(text, (execute = this.compile(text)));
    return execute;
  }

  private compile(text: string): Execute {
    for (const form of forms) {
      const match = form.pattern.exec(text);
      if (match) return form.compile(match, this.schema);
    }
    throw new Error(`the simulated database does not understand: ${text}`);
  }
}
