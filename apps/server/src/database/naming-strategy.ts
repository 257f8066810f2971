import { DefaultNamingStrategy, Table } from 'typeorm';

/** Constraint names that an error message can be read by; TypeORM would hash them. The others are named in the entities. */
export class NamingStrategy extends DefaultNamingStrategy {
  override primaryKeyName(tableOrName: Table | string): string {
    return `${tableOrName instanceof Table ? tableOrName.name : tableOrName}_pkey`.replace(/^.*\./, '');
  }
}
