import { getMetadataArgsStorage } from 'typeorm';
import type { EntityClass } from './table-definition';

const shapes = new Map<EntityClass<object>, readonly string[]>();

/** The columns of an entity as declared, its own before the inherited ones. Decorators are static: no connection is needed. */
export function columnsOf(entity: EntityClass<object>): readonly string[] {
  let columns = shapes.get(entity);
  if (!columns) shapes.set(entity, (columns = [...declared(entity)]));
  return columns;
}

function* declared(entity: EntityClass<object>): Generator<string> {
  for (let target = entity; target !== Function.prototype; target = Object.getPrototypeOf(target)) {
    for (const column of getMetadataArgsStorage().filterColumns(target)) yield column.propertyName;
  }
}

/**
 * The row with its members in one order, whether an applier made it or the database gave it. Results are made of rows
 * and kept as text, so the order is part of what every node must agree on, also after a restart.
 */
export function shaped<Row extends object>(entity: EntityClass<object>, row: Row): Row {
  const members = row as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const column of columnsOf(entity)) result[column] = members[column];
  return result as Row;
}
