import { addSchema, aConfigMachine, root } from '../../../../test/support/config-machine';
import { createSchema } from './commands/create-schema.command';
import { bundleOf, SchemaCatalogue } from './schema-bundle';
import { closureOf, dependentsOf, referencesOf, summaryOf, requireSchema } from './schema.rules';
import { schemaReferences, schemaVersions } from './schemas.table';
import { updateSchema } from '../configs/commands/update-schema.command';

const aSchema = (over: object = {}) => ({
  schemaId: 'a',
  name: 'a',
  description: null,
  content: '{}',
  draft: '2020-12',
  schemaUri: null,
  references: [],
  closure: [],
  ...over,
});
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).sort();

/** b and c refer to a, d refers to b and c, and a refers back to d. */
function aCircle() {
  const machine = aConfigMachine();
  addSchema(machine, 'a');
  addSchema(machine, 'b', { references: ['a'] });
  addSchema(machine, 'c', { references: ['a'] });
  addSchema(machine, 'd', { references: ['b', 'c'] });
  const change = { schemaId: 'a', draft: '2020-12', schemaUri: 'https://example.com/a', content: '{"$ref":"d"}' };
  const checked = { references: ['d'], closure: [], checkedIndex: machine.index };
  machine.run(updateSchema, { ...change, ...checked, expectedVersion: 1, ifMatch: null }, root);
  return machine;
}

describe('creating a schema', () => {
  it('stores version 1 and keeps it in the history', () => {
    const machine = aConfigMachine();
    const { changes, outcome, events } = machine.append(createSchema, aSchema(), root);
    expect(outcome).toMatchObject({ status: 'applied', result: { id: 'a', version: 1, references: [] } });
    expect(outcome).not.toHaveProperty('result.content');
    expect(changes.find(({ table }) => table === schemaVersions)?.after).toMatchObject({ version: 1, content: '{}' });
    expect(events.map(({ type }) => type)).toEqual(['schema.created']);
  });

  it.each([
    ['a taken name', { schemaId: 'b' }, 'name-taken'],
    ['a taken $id', { schemaId: 'b', name: 'b', schemaUri: 'https://example.com/x' }, 'schema-id-taken'],
    [
      'a reference that changed',
      { schemaId: 'b', name: 'b', closure: [{ schemaId: 'x', version: 2 }] },
      'schema-changed',
    ],
    [
      'a reference that is gone',
      { schemaId: 'b', name: 'b', closure: [{ schemaId: 'y', version: 1 }] },
      'schema-changed',
    ],
  ])('refuses %s', (_what, over, code) => {
    const machine = aConfigMachine();
    addSchema(machine, 'x');
    machine.run(createSchema, aSchema(), root);
    expect(machine.refused(createSchema, aSchema(over), root)).toBe(code);
  });

  it('refuses everybody but system administrators', () => {
    const machine = aConfigMachine();
    expect(machine.refused(createSchema, aSchema(), { actor: 'admin' })).toBe('forbidden');
    expect(machine.refused(createSchema, aSchema(), { actor: 'nobody' })).toBe('unauthenticated');
  });

  it('leaves no trace of a proposal that has to be checked again', () => {
    const machine = aConfigMachine();
    const stale = aSchema({ closure: [{ schemaId: 'x', version: 1 }] });
    const { changes } = machine.append(createSchema, stale, { ...root, id: 'the same command' });
    expect(changes).toEqual([]);
    addSchema(machine, 'x');
    expect(machine.run(createSchema, stale, { ...root, id: 'the same command' })).toMatchObject({ version: 1 });
  });
});

describe('references between schemas', () => {
  it('are followed in both directions, through a circle too', () => {
    const { state } = aCircle();
    expect(ids(referencesOf(state, 'd'))).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(dependentsOf(state, 'd'))).toEqual(['a', 'b', 'c', 'd']);
    expect(closureOf(state, 'b').map(({ id }) => id)[0]).toBe('b');
    expect(ids(closureOf(state, 'b'))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('give a bundle in which the schema is found by those that refer back to it, and only then', () => {
    const { state } = aCircle();
    expect(
      bundleOf(state, 'a')
        .references.map(({ key }) => key)
        .sort(),
    ).toEqual(['a@2', 'b@1', 'c@1', 'd@1']);
    const plain = aConfigMachine();
    addSchema(plain, 'a');
    addSchema(plain, 'b', { references: ['a'] });
    expect(bundleOf(plain.state, 'b').references.map(({ key }) => key)).toEqual(['a@1']);
  });

  it('are shown with the versions of now', () => {
    const { state } = aCircle();
    expect(summaryOf(state, requireSchema(state, 'b')).references).toEqual([{ schemaId: 'a', version: 2 }]);
  });

  it('are replaced by an update', () => {
    const machine = aCircle();
    const change = { schemaId: 'd', draft: '2020-12', schemaUri: 'https://example.com/d', content: '{}' };
    const checked = { references: ['c'], closure: [], checkedIndex: machine.index };
    machine.run(updateSchema, { ...change, ...checked, expectedVersion: 1, ifMatch: null }, root);
    const rows = [...machine.state.of(schemaReferences).list('bySchema', ['d'])];
    expect(rows.map(({ referredId }) => referredId)).toEqual(['c']);
  });
});

describe('the catalogue of an inspection', () => {
  it('keeps giving what it gave first, and knows the versions of that', () => {
    const machine = aConfigMachine();
    addSchema(machine, 'a');
    const catalogue = new SchemaCatalogue(machine.state);
    const given = catalogue.get('https://example.com/a');
    const change = { schemaId: 'a', draft: '2020-12', schemaUri: 'https://example.com/a', content: '[]' };
    const checked = { references: [], closure: [], checkedIndex: machine.index };
    machine.run(updateSchema, { ...change, ...checked, expectedVersion: 1, ifMatch: null }, root);
    expect(catalogue.get('https://example.com/a')).toBe(given);
    expect(catalogue.versionsOf(given ? [given] : [])).toEqual([{ schemaId: 'a', version: 1 }]);
  });
});
