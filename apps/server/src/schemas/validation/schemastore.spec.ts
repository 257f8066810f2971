import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../common/json/parse-json';
import { SchemaValidator } from './schema-validator';
import type { SchemaBundle } from './validation.types';

/** Schemas and documents of SchemaStore, kept beside the project where they are at hand; they are not part of it. */
const folder = join(process.cwd(), '../shared/data/schemastore');
const limits = { maxDepth: 100 };

function namesIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.json')) : [];
}

describe('real schemas and documents of SchemaStore', () => {
  const validator = new SchemaValidator({ timeLimitMs: 10_000 });
  afterAll(() => validator.close());

  if (!existsSync(folder)) {
    it('is skipped here', () => {
      console.log(`SchemaStore tests skipped: there is no folder ${folder}`);
    });
    return;
  }

  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  it.each(names)('%s: accepts each valid document and refuses each invalid one with pointers', async (name) => {
    const text = readFileSync(join(folder, name, 'schema.json'), 'utf8');
    const schema = parseJson(text, limits);
    const { draft, closure } = await validator.inspect(schema, new Map());
    const bundle: SchemaBundle = { root: { key: `${name}@1`, text: JSON.stringify(schema) }, references: closure };
    const check = (kind: string, file: string) =>
      validator.validate(bundle, parseJson(readFileSync(join(folder, name, kind, file), 'utf8'), limits));
    const valid = namesIn(join(folder, name, 'valid'));
    const invalid = namesIn(join(folder, name, 'invalid'));
    for (const file of valid)
      expect({ file, ...(await check('valid', file)) }).toEqual({ file, valid: true, errors: [] });
    for (const file of invalid) {
      const verdict = await check('invalid', file);
      expect({ file, valid: verdict.valid }).toEqual({ file, valid: false });
      for (const error of verdict.errors) expect(error.pointer).toMatch(/^(\/|$)/);
      expect(verdict.errors.length).toBeGreaterThan(0);
    }
    console.log(`${name} (${draft}): ${valid.length} valid, ${invalid.length} invalid`);
    expect(valid.length + invalid.length).toBeGreaterThan(0);
  });
});
