import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataArgsStorage } from 'typeorm';
import { databaseDocument } from './database-document';

const entityFiles = join(__dirname, '..', '**', '*.entity.ts');
const committed = join(__dirname, '../../../../docs/database.md');

describe('the database document', () => {
  it('says what the entities say: otherwise run npm run docs:database', async () => {
    expect(await databaseDocument([entityFiles])).toBe(readFileSync(committed, 'utf8'));
  });

  it('names every table and every column that a decorator declares', async () => {
    const document = await databaseDocument([entityFiles]);
    const { tables, columns } = getMetadataArgsStorage();
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) expect(document).toContain(`\n## ${name}\n`);
    for (const { options, propertyName } of columns)
      expect(document).toContain(`| \`${options.name ?? propertyName}\``);
  });
});
