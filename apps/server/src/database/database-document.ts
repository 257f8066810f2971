import type { EntityMetadata } from 'typeorm';
import { DataSource } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ForeignKeyMetadata } from 'typeorm/metadata/ForeignKeyMetadata.js';
import { dataSourceOptions } from './data-source';

const introduction = `# The database

Generated from the entities by \`npm run docs:database\`; a test fails when it drifts from them. Change the entities and
write a migration, never this file.

Each node has a PostgreSQL database of its own with these tables. The state machine decides every value: no column has a
default, a sequence or a trigger. Unique and foreign keys are checked at the end of a transaction, because one transaction
writes what many commands did. The table \`migrations\` is TypeORM's record of the migrations that were run.
`;

/** The tables of these entities (classes or file patterns) as Markdown. Needs no database. */
export async function databaseDocument(entities: readonly (string | (new () => object))[]): Promise<string> {
  const unconnected = { url: 'postgres://nowhere/none', poolMax: 1, connectTimeoutMs: 1, statementTimeoutMs: 1 };
  const dataSource = new DataSource({ ...dataSourceOptions(unconnected, entities), migrations: [] });
  // What `initialize` does once it is connected; there is no public way to have it alone.
  await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  const tables = [...dataSource.entityMetadatas].sort((a, b) => (a.tableName < b.tableName ? -1 : 1));
  const typeOf = (column: ColumnMetadata): string => columnType(dataSource, column);
  return [introduction, ...tables.map((table) => section(table, typeOf))].join('\n');
}

function section(table: EntityMetadata, typeOf: (column: ColumnMetadata) => string): string {
  const columns = table.columns.map((column) => [
    code(column.databaseName),
    code(typeOf(column)) + (column.isNullable ? '' : ', not null'),
    column.comment ?? '',
  ]);
  const keys = [
    `Primary key (${names(table.primaryColumns)})`,
    ...byName(table.uniques).map(({ name, columns: unique }) => `Unique ${code(name)} (${names(unique)})`),
    ...byName(table.foreignKeys).map(foreignKey),
    ...byName(table.indices).map(({ name, columns: indexed, synchronize }) =>
      synchronize
        ? `Index ${code(name)} (${names(indexed)})`
        : `Index ${code(name)}, of a kind that only its migration can say`,
    ),
  ];
  const rows = grid(['Column', 'Type', 'Meaning'], columns);
  return `## ${table.tableName}\n\n${table.comment ?? ''}\n\n${rows}\n\n${keys.map((key) => `- ${key}`).join('\n')}\n`;
}

function columnType(dataSource: DataSource, column: ColumnMetadata): string {
  const type = dataSource.driver.normalizeType(column).replace('timestamp with time zone', 'timestamptz');
  const precision = column.precision == null ? '' : `(${column.precision})`;
  return `${type}${precision}${column.collation === undefined ? '' : ` COLLATE "${column.collation}"`}`;
}

function foreignKey({
  name,
  columns,
  referencedEntityMetadata,
  referencedColumns,
  onDelete,
}: ForeignKeyMetadata): string {
  const target = `${referencedEntityMetadata.tableName} (${names(referencedColumns)})`;
  const effect =
    onDelete === 'CASCADE' ? 'deleted together with it' : 'which cannot be deleted while it is referred to';
  return `Foreign key ${code(name)} (${names(columns)}) to ${target}, ${effect}`;
}

const byName = <Named extends { readonly name: string }>(all: readonly Named[]): readonly Named[] =>
  [...all].sort((a, b) => (a.name < b.name ? -1 : 1));

const code = (text: string): string => `\`${text}\``;
const names = (columns: readonly ColumnMetadata[]): string => columns.map((column) => column.databaseName).join(', ');

/** A Markdown table with its columns padded, as the formatter of this repository wants it. */
function grid(head: readonly string[], body: readonly (readonly string[])[]): string {
  const escaped = body.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((title, place) => Math.max(title.length, ...escaped.map((row) => (row[place] ?? '').length)));
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, place) => cell.padEnd(widths[place] ?? 0, fill)).join(' | ')} |`;
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...escaped.map((row) => line(row)),
  ].join('\n');
}
