import fc from 'fast-check';
import { addSchema, aConfigMachine, noPrecondition, root } from '../../../../test/support/config-machine';
import { closureOf, versionOf } from '../schemas/schema.rules';
import { createConfig } from './commands/create-config.command';
import { deleteConfig } from './commands/delete-config.command';
import { rollbackConfig } from './commands/rollback-config.command';
import { updateConfig } from './commands/update-config.command';
import { updateSchema } from './commands/update-schema.command';
import type { ConfigRevisionEntity } from './config-revision.entity';
import { configRevisions, configs, configTombstones } from './configs.table';

const step = fc.record({
  kind: fc.constantFrom('create', 'update', 'rollback', 'delete', 'schema'),
  projectId: fc.constantFrom('p1', 'p2'),
  key: fc.constantFrom('a', 'a.b', 'B'),
  schemaId: fc.constantFrom('s1', 's2'),
  expectedVersion: fc.option(fc.integer({ min: 1, max: 6 })),
  targetVersion: fc.integer({ min: 1, max: 4 }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Runs the steps, whatever becomes of each, and answers with the machine and every revision in the order of the log. */
function run(steps: readonly Step[]) {
  const machine = aConfigMachine();
  addSchema(machine, 's1');
  addSchema(machine, 's2');
  const revisions: ConfigRevisionEntity[] = [];
  for (const { kind, projectId, key, schemaId, expectedVersion, targetVersion } of steps) {
    const at = { projectId, key, expectedVersion, ifMatch: null };
    const closure = closureOf(machine.state, schemaId).map(versionOf);
    const checked = { ...at, schemaId, closure, content: `"${machine.index}"` };
    const change = { schemaId, content: '{}', draft: '2020-12', schemaUri: null, references: [], closure: [] };
    const { changes } = {
      create: () => machine.append(createConfig, checked, root),
      update: () => machine.append(updateConfig, { ...checked, namesSchema: true }, root),
      rollback: () => machine.append(rollbackConfig, { ...checked, targetVersion }, root),
      delete: () => machine.append(deleteConfig, at, root),
      schema: () => machine.append(updateSchema, { ...change, checkedIndex: machine.index, ...noPrecondition }, root),
    }[kind]();
    for (const { table, after } of changes)
      if (table === configRevisions) revisions.push(after as ConfigRevisionEntity);
  }
  return { machine, revisions };
}

describe('versions of a config', () => {
  it('have no gap and never repeat, over deletion and creation; the newest revision is the state', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { machine, revisions } = run(steps);
        const newest = new Map<string, ConfigRevisionEntity>();
        for (const revision of revisions) {
          const name = `${revision.projectId}/${revision.key}`;
          const before = newest.get(name);
          expect(revision.version).toBe((before?.version ?? 0) + 1);
          expect(revision.operation === 'create').toBe(before === undefined || before.operation === 'delete');
          newest.set(name, revision);
        }
        for (const {
          projectId,
          key,
          version,
          content,
          operation,
          schemaId,
          schemaVersion,
          modIndex,
        } of newest.values()) {
          const config = machine.state.of(configs).get(projectId, key);
          const tombstone = machine.state.of(configTombstones).get(projectId, key);
          if (operation === 'delete') {
            expect(config).toBeUndefined();
            expect(tombstone).toMatchObject({ lastVersion: version, modIndex });
          } else {
            expect(tombstone).toBeUndefined();
            expect(config).toMatchObject({ version, content, schemaId, schemaVersion, modIndex });
          }
        }
        expect(machine.state.of(configs).size + machine.state.of(configTombstones).size).toBe(newest.size);
      }),
      { numRuns: 150 },
    );
  });
});
