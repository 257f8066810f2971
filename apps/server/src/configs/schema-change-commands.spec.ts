import { addConfig, addSchema, aConfigMachine, noPrecondition, root } from '../../../../test/support/config-machine';
import type { MachineWithLog } from '../../../../test/support/state-machine';
import { schemas, schemaVersions } from '../schemas/schemas.table';
import { deleteConfig } from './commands/delete-config.command';
import { deleteSchema } from './commands/delete-schema.command';
import type { UpdateSchema } from './commands/update-schema.command';
import { updateSchema } from './commands/update-schema.command';

/** top refers to middle, middle to base; side is referred to by top as well. The config app uses top. */
function aMachineWithSchemas(): MachineWithLog {
  const machine = aConfigMachine();
  addSchema(machine, 'base');
  addSchema(machine, 'side');
  addSchema(machine, 'middle', { references: ['base'] });
  addSchema(machine, 'top', { references: ['middle', 'side'] });
  addSchema(machine, 'alone');
  addConfig(machine, 'p1', 'app', 'top');
  return machine;
}

const change = (machine: MachineWithLog, schemaId: string, over: Partial<UpdateSchema> = {}): UpdateSchema => ({
  schemaId,
  content: '{"title":"new"}',
  draft: '2020-12',
  schemaUri: `https://example.com/${schemaId}`,
  references: [],
  closure: [],
  checkedIndex: machine.index,
  ...noPrecondition,
  ...over,
});

describe('updating a schema', () => {
  it('takes the next version, keeps it in the history and tells', () => {
    const machine = aMachineWithSchemas();
    const { outcome, changes, events } = machine.append(updateSchema, change(machine, 'base'), root);
    expect(outcome).toMatchObject({ status: 'applied', result: { version: 2, name: 'base' } });
    expect(changes.find(({ table }) => table === schemaVersions)?.after).toMatchObject({
      version: 2,
      content: '{"title":"new"}',
    });
    expect(events).toMatchObject([{ type: 'schema.updated', payload: { schema: { version: 2 } } }]);
  });

  it('changes the name and the description only when they are given', () => {
    const machine = aMachineWithSchemas();
    expect(machine.run(updateSchema, change(machine, 'base', { description: 'd' }), root)).toMatchObject({
      name: 'base',
    });
    expect(machine.run(updateSchema, change(machine, 'base', { name: 'n' }), root)).toMatchObject({ description: 'd' });
    expect(machine.run(updateSchema, change(machine, 'base', { description: null }), root)).toMatchObject({
      name: 'n',
      description: null,
    });
  });

  it.each([
    ['a taken name', { name: 'top' }, 'name-taken'],
    ['a taken $id', { schemaUri: 'https://example.com/top' }, 'schema-id-taken'],
    ['another $id while others refer to it', { schemaUri: 'https://example.com/other' }, 'schema-in-use'],
    ['no $id while others refer to it', { schemaUri: null }, 'schema-in-use'],
    ['a stale expectedVersion', { expectedVersion: 2 }, 'version-conflict'],
    ['a reference that changed', { closure: [{ schemaId: 'alone', version: 2 }] }, 'schema-changed'],
    ['a missing schema', { schemaId: 'none' }, 'schema-not-found'],
  ])('refuses %s', (_what, over, code) => {
    const machine = aMachineWithSchemas();
    expect(machine.refused(updateSchema, change(machine, 'base', over), root)).toBe(code);
  });

  it('may change the $id while nobody refers to it', () => {
    const machine = aMachineWithSchemas();
    machine.run(updateSchema, change(machine, 'alone', { schemaUri: null }), root);
    expect(machine.state.of(schemas).find('schemaUri', 'https://example.com/alone')).toBeUndefined();
  });

  describe('is checked again', () => {
    it.each([
      [
        'a config of a schema that refers to it was created',
        (m: MachineWithLog) => addConfig(m, 'p1', 'new', 'middle'),
      ],
      [
        'a schema that refers to it changed',
        (m: MachineWithLog) => m.run(updateSchema, change(m, 'middle', { references: ['base'] }), root),
      ],
      ['a schema began to refer to it', (m: MachineWithLog) => addSchema(m, 'new', { references: ['base'] })],
      // app could be valid by the old base or by the old side, and lose both at the same time.
      [
        'a schema changed that takes part in the same checks',
        (m: MachineWithLog) => m.run(updateSchema, change(m, 'side'), root),
      ],
    ])('when %s', (_what, happens) => {
      const machine = aMachineWithSchemas();
      const stale = change(machine, 'base');
      happens(machine);
      expect(machine.refused(updateSchema, stale, root)).toBe('schema-changed');
      expect(machine.run(updateSchema, change(machine, 'base'), root)).toMatchObject({ version: 2 });
    });

    it('not when something changed that it does not concern', () => {
      const machine = aMachineWithSchemas();
      const prepared = change(machine, 'base');
      addConfig(machine, 'p1', 'other', 'alone');
      machine.run(updateSchema, change(machine, 'alone'), root);
      machine.run(deleteConfig, { projectId: 'p1', key: 'app', ...noPrecondition }, root);
      expect(machine.run(updateSchema, prepared, root)).toMatchObject({ version: 2 });
    });
  });
});

describe('deleting a schema', () => {
  const refusal = (machine: MachineWithLog, schemaId: string, over: object = {}) =>
    machine.attempt(deleteSchema, { schemaId, ...noPrecondition, ...over }, root);

  it('is refused while configs use it, naming them', () => {
    expect(refusal(aMachineWithSchemas(), 'top')).toMatchObject({
      code: 'schema-in-use',
      detail: { detail: 'Configs use it: p1/app.' },
    });
  });

  it('is refused while other schemas refer to it, naming them', () => {
    expect(refusal(aMachineWithSchemas(), 'base')).toMatchObject({
      code: 'schema-in-use',
      detail: { detail: 'Other schemas refer to it: "middle" (middle).' },
    });
  });

  it('frees name, $id and what it referred to', () => {
    const machine = aMachineWithSchemas();
    machine.run(deleteConfig, { projectId: 'p1', key: 'app', ...noPrecondition }, root);
    for (const schemaId of ['top', 'middle', 'base']) machine.run(deleteSchema, { schemaId, ...noPrecondition }, root);
    expect(machine.state.of(schemas).find('name', 'top')).toBeUndefined();
    addSchema(machine, 'top');
  });

  it('holds a precondition and needs a system administrator', () => {
    const machine = aMachineWithSchemas();
    expect(refusal(machine, 'alone', { expectedVersion: 2 })).toMatchObject({ code: 'version-conflict' });
    expect(refusal(machine, 'none')).toMatchObject({ code: 'schema-not-found' });
    const payload = { schemaId: 'alone', ...noPrecondition };
    expect(machine.refused(deleteSchema, payload, { actor: 'admin' })).toBe('forbidden');
  });
});
