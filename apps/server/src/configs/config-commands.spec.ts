import { addConfig, addSchema, aConfigMachine, noPrecondition, root } from '../../../../test/support/config-machine';
import type { MachineWithLog } from '../../../../test/support/state-machine';
import { deleteProject } from '../projects/commands/delete-project.command';
import type { SchemaVersionRef } from '../schemas/schema.rules';
import { createConfig } from './commands/create-config.command';
import { deleteConfig } from './commands/delete-config.command';
import { rollbackConfig } from './commands/rollback-config.command';
import type { UpdateConfig } from './commands/update-config.command';
import { updateConfig } from './commands/update-config.command';
import { updateSchema } from './commands/update-schema.command';
import { configRevisions, configs, configTombstones } from './configs.table';

const s1: readonly SchemaVersionRef[] = [{ schemaId: 's1', version: 1 }];
const at = { projectId: 'p1', key: 'app' };
const checked = { content: '2', schemaId: 's1', closure: s1 };
const update = (over: Partial<UpdateConfig> = {}): UpdateConfig => ({
  ...at,
  ...checked,
  namesSchema: false,
  ...noPrecondition,
  ...over,
});
const rollback = (over: object = {}) => ({ ...at, ...checked, targetVersion: 1, ...noPrecondition, ...over });

/** The schemas s1 and s2, and in p1 the config app in version 1. */
function aMachineWithConfig(): MachineWithLog {
  const machine = aConfigMachine();
  addSchema(machine, 's1');
  addSchema(machine, 's2');
  addConfig(machine, 'p1', 'app', 's1');
  return machine;
}

function changeSchema(machine: MachineWithLog, schemaId: string): void {
  const change = { schemaId, draft: '2020-12', schemaUri: `https://example.com/${schemaId}`, content: '{}' };
  const found = { references: [], closure: [], checkedIndex: machine.index };
  machine.run(updateSchema, { ...change, ...found, ...noPrecondition }, root);
}

const current = (machine: MachineWithLog) => machine.state.of(configs).get('p1', 'app');
const revisionIn = ({ changes }: ReturnType<MachineWithLog['append']>) =>
  changes.find(({ table }) => table === configRevisions)?.after;

describe('creating a config', () => {
  it('stores version 1, one revision and the version of the schema, and tells', () => {
    const machine = aConfigMachine();
    addSchema(machine, 's1');
    const applied = machine.append(createConfig, { ...at, ...checked }, { actor: 'admin' });
    expect(applied.outcome).toMatchObject({ status: 'applied', result: { ...at, version: 1, schemaVersion: 1 } });
    expect(applied.outcome).not.toHaveProperty('result.content');
    expect(revisionIn(applied)).toMatchObject({ version: 1, operation: 'create', content: '2', createdBy: 'admin' });
    expect(applied.events).toMatchObject([{ type: 'config.created', payload: { config: { content: '2' } } }]);
  });

  it.each([
    ['a key that is taken', {}, 'admin', 'key-taken'],
    [
      'a schema that changed since',
      { key: 'new', closure: [{ schemaId: 's1', version: 2 }] },
      'admin',
      'schema-changed',
    ],
    [
      'a schema that is gone',
      { key: 'new', schemaId: 's', closure: [{ schemaId: 's', version: 1 }] },
      'admin',
      'schema-changed',
    ],
    ['an editor', { key: 'new' }, 'editor', 'forbidden'],
    ['a project where the actor has no role', { projectId: 'p2' }, 'admin', 'project-not-found'],
    ['a project that does not exist', { projectId: 'p3' }, 'root', 'project-not-found'],
  ])('refuses %s', (_what, over, actor, code) => {
    const machine = aMachineWithConfig();
    expect(machine.refused(createConfig, { ...at, ...checked, ...over }, { actor })).toBe(code);
  });

  it('goes on from the version of the deletion', () => {
    const machine = aMachineWithConfig();
    expect(machine.run(deleteConfig, { ...at, ...noPrecondition }, root)).toEqual({ version: 2 });
    expect(machine.state.of(configTombstones).get('p1', 'app')).toMatchObject({ lastVersion: 2 });
    expect(addConfig(machine, 'p1', 'app', 's2').version).toBe(3);
    expect(machine.state.of(configTombstones).size).toBe(0);
  });
});

describe('updating a config', () => {
  it('takes the next version and checks the version of the schema again', () => {
    const machine = aMachineWithConfig();
    changeSchema(machine, 's1');
    expect(current(machine)?.schemaVersion).toBe(1);
    expect(machine.refused(updateConfig, update(), { actor: 'editor' })).toBe('schema-changed');
    const again = update({ closure: [{ schemaId: 's1', version: 2 }] });
    expect(machine.run(updateConfig, again, { actor: 'editor' })).toMatchObject({ version: 2, schemaVersion: 2 });
    expect(current(machine)).toMatchObject({ content: '2', createdBy: 'root', updatedBy: 'editor' });
  });

  it('holds both preconditions', () => {
    const machine = aMachineWithConfig();
    const { modIndex = 0 } = current(machine) ?? {};
    const rejected = (over: object) => machine.attempt(updateConfig, update(over), root);
    expect(rejected({ expectedVersion: 2 })).toMatchObject({ code: 'version-conflict', detail: { currentVersion: 1 } });
    expect(rejected({ expectedVersion: 2 })).not.toHaveProperty('detail.failedPrecondition');
    expect(rejected({ expectedVersion: 1, ifMatch: modIndex - 1 })).toMatchObject({
      code: 'version-conflict',
      detail: { currentVersion: 1, failedPrecondition: 'if-match' },
    });
    expect(rejected({ expectedVersion: 1, ifMatch: modIndex })).toMatchObject({ status: 'applied' });
  });

  it('lets only a project administrator change the schema', () => {
    const machine = aMachineWithConfig();
    const move = update({ schemaId: 's2', closure: [{ schemaId: 's2', version: 1 }], namesSchema: true });
    expect(machine.refused(updateConfig, move, { actor: 'editor' })).toBe('forbidden');
    expect(machine.run(updateConfig, update({ namesSchema: true }), { actor: 'editor' })).toMatchObject({ version: 2 });
    expect(machine.run(updateConfig, move, { actor: 'admin' })).toMatchObject({ schemaId: 's2', version: 3 });
  });

  it('is checked again when the config got another schema in between', () => {
    const machine = aMachineWithConfig();
    const stale = update();
    const move = update({ schemaId: 's2', closure: [{ schemaId: 's2', version: 1 }], namesSchema: true });
    machine.run(updateConfig, move, root);
    expect(machine.refused(updateConfig, stale, { actor: 'editor' })).toBe('schema-changed');
  });

  it('refuses viewers and missing configs', () => {
    const machine = aMachineWithConfig();
    expect(machine.refused(updateConfig, update(), { actor: 'viewer' })).toBe('forbidden');
    expect(machine.refused(updateConfig, update({ key: 'none' }), { actor: 'editor' })).toBe('config-not-found');
  });
});

describe('rolling a config back', () => {
  it('makes a new version that names its target', () => {
    const machine = aMachineWithConfig();
    machine.run(updateConfig, update(), root);
    const applied = machine.append(rollbackConfig, rollback({ content: '1' }), { actor: 'admin' });
    expect(applied.outcome).toMatchObject({ status: 'applied', result: { version: 3 } });
    expect(revisionIn(applied)).toMatchObject({ version: 3, operation: 'rollback', targetVersion: 1, content: '1' });
    expect(applied.events).toMatchObject([{ type: 'config.rolled-back', payload: { targetVersion: 1 } }]);
  });

  it.each([
    ['an editor', {}, 'editor', 'forbidden'],
    ['a version that never was', { targetVersion: 2 }, 'admin', 'revision-not-found'],
    ['another schema than the config has now', { schemaId: 's2' }, 'admin', 'schema-changed'],
    ['a schema that changed since', { closure: [{ schemaId: 's1', version: 3 }] }, 'admin', 'schema-changed'],
    ['a stale expectedVersion', { expectedVersion: 7 }, 'admin', 'version-conflict'],
    ['a config that is gone', { key: 'none' }, 'admin', 'config-not-found'],
  ])('refuses %s', (_what, over, actor, code) => {
    expect(aMachineWithConfig().refused(rollbackConfig, rollback(over), { actor })).toBe(code);
  });
});

describe('deleting a config', () => {
  it('is a revision without content', () => {
    const applied = aMachineWithConfig().append(deleteConfig, { ...at, ...noPrecondition }, { actor: 'admin' });
    expect(revisionIn(applied)).toMatchObject({ version: 2, operation: 'delete', content: null, schemaId: 's1' });
    expect(applied.events).toMatchObject([{ type: 'config.deleted', payload: { version: 2, config: { version: 1 } } }]);
  });

  it('holds a precondition and needs a project administrator', () => {
    const machine = aMachineWithConfig();
    const refused = (over: object, actor = 'admin') =>
      machine.refused(deleteConfig, { ...at, ...noPrecondition, ...over }, { actor });
    expect(refused({ expectedVersion: 2 })).toBe('version-conflict');
    expect(refused({ ifMatch: -1 })).toBe('version-conflict');
    expect(refused({}, 'editor')).toBe('forbidden');
    expect(refused({ key: 'none' })).toBe('config-not-found');
  });

  it('goes with its project, and so do tombstones', () => {
    const machine = aMachineWithConfig();
    addConfig(machine, 'p1', 'gone', 's1');
    machine.run(deleteConfig, { ...at, key: 'gone', ...noPrecondition }, root);
    machine.run(deleteProject, { projectId: 'p1', ifMatch: null }, root);
    expect([machine.state.of(configs).size, machine.state.of(configTombstones).size]).toEqual([0, 0]);
  });
});
