import type { DataSource, EntityMetadata, ValueTransformer } from 'typeorm';

export interface LayoutColumn {
  readonly property: string;
  readonly name: string;
  /** As PostgreSQL writes it, without a precision. */
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
  /** Part of an index that cannot hold long values. */
  readonly indexed: boolean;
  /** From the value in a row to a parameter, and from the driver's value to the value in a row. */
  readonly toDatabase: ((value: unknown) => unknown) | undefined;
  readonly toRow: ((value: unknown) => unknown) | undefined;
}

/** A table as its entity describes it: all that is needed to write and to read rows set by set. */
export interface TableLayout {
  readonly name: string;
  readonly columns: readonly LayoutColumn[];
  readonly key: readonly LayoutColumn[];
}

const postgresTypes: ReadonlySet<string> = new Set(['text', 'integer', 'bigint', 'boolean', 'timestamptz']);

export function layoutOf(dataSource: DataSource, entity: new () => object): TableLayout {
  const metadata = dataSource.getMetadata(entity);
  const indexed = indexedProperties(metadata);
  const columns = metadata.columns.map((column): LayoutColumn => {
    const type = dataSource.driver.normalizeType(column).replace('timestamp with time zone', 'timestamptz');
    if (!postgresTypes.has(type) || column.isArray) {
      throw new Error(`column ${metadata.tableName}.${column.databaseName} has a type that rows cannot have: ${type}`);
    }
    const transformer = single(column.transformer, column.databaseName);
    return {
      property: column.propertyName,
      name: column.databaseName,
      type,
      nullable: column.isNullable,
      primary: column.isPrimary,
      indexed: indexed.has(column.propertyName),
      toDatabase: transformer?.to.bind(transformer),
      toRow: transformer?.from.bind(transformer),
    };
  });
  return { name: metadata.tableName, columns, key: columns.filter((column) => column.primary) };
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `SELECT` list that names the columns as the rows' properties are named. */
export const selectList = (layout: TableLayout): string =>
  layout.columns.map(({ name, property }) => `${quoted(name)} AS ${quoted(property)}`).join(', ');

/** Turns what the driver made of a row, in place, into the plain row of the state. */
export function rowReader(layout: TableLayout): (record: Record<string, unknown>) => object {
  const transformed = layout.columns.flatMap(({ property, toRow }) => (toRow ? [{ property, toRow }] : []));
  return (record) => {
    for (const { property, toRow } of transformed) record[property] = toRow(record[property]);
    return record;
  };
}

function single(
  transformer: ValueTransformer | ValueTransformer[] | undefined,
  name: string,
): ValueTransformer | undefined {
  if (Array.isArray(transformer)) throw new Error(`column ${name} has more than one transformer`);
  return transformer;
}

/** Without the indexes that only a migration can express: those hold pieces of a value, however long it is. */
function indexedProperties(metadata: EntityMetadata): ReadonlySet<string> {
  const sets = [
    metadata.primaryColumns,
    ...metadata.indices.filter((index) => index.synchronize).map((index) => index.columns),
  ];
  return new Set(
    [...sets, ...metadata.uniques.map((unique) => unique.columns)].flat().map((column) => column.propertyName),
  );
}
