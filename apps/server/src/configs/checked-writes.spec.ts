import { aContext, addConfig, noPrecondition, root } from '../../../../test/support/config-machine';
import {
  aMachineWithSchema,
  codeOf,
  maximum,
  named,
  put,
  services,
  validator,
} from '../../../../test/support/checked-services';
import { Deadline } from '../common/deadline';
import { canonicalText } from '../common/json/canonical-text';
import type { JsonValue } from '../common/json/json-value';
import { schemas } from '../schemas/schemas.table';
import { WorkerPool } from '../common/threads/worker-pool';
import { deleteConfig } from './commands/delete-config.command';
import { configs } from './configs.table';

afterAll(() => validator.close());

describe('a config whose schema changes between check and apply', () => {
  it('is checked again and stored with the new version of the schema', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    const world = services(machine, (round) => (round === 1 ? put(machine, schemaId, maximum(20)) : undefined));
    const config = await world.configs.create('p1', { key: 'app', schemaId, content: 5 }, aContext('admin'));
    expect(config).toMatchObject({ version: 1, schemaVersion: 2, content: 5 });
    expect(world.rounds()).toBe(2);
  });

  it('is refused when it is no longer valid', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    const world = services(machine, (round) => (round === 1 ? put(machine, schemaId, maximum(4)) : undefined));
    const creating = world.configs.create('p1', { key: 'app', schemaId, content: 5 }, aContext('admin'));
    await expect(creating).rejects.toMatchObject({
      code: 'content-invalid',
      detail: { errors: [{ pointer: '/content', keyword: 'maximum' }] },
    });
    expect(machine.state.of(configs).size).toBe(0);
  });

  it('gives up in the end when the schema never rests', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    const world = services(machine, (round) => put(machine, schemaId, maximum(100 + round)));
    const creating = world.configs.create('p1', { key: 'app', schemaId, content: 5 }, aContext('admin'));
    expect(await codeOf(creating)).toBe('schema-changed');
    expect(world.rounds()).toBe(20);
  });

  it('answers a repeated request with the first outcome, whatever the schema says by now', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    const world = services(machine);
    const context = aContext('admin');
    const first = await world.configs.create('p1', { key: 'app', schemaId, content: 5 }, context);
    machine.run(deleteConfig, { projectId: 'p1', key: 'app', ...noPrecondition }, root);
    await put(machine, schemaId, maximum(1));
    expect(await world.configs.create('p1', { key: 'app', schemaId, content: 5 }, context)).toEqual(first);
    expect(machine.state.of(configs).size).toBe(0);
  });
});

describe('a schema whose configs change between check and apply', () => {
  it('is refused when a new config would break it', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    const slipIn = () =>
      services(machine).configs.create('p1', { key: 'late', schemaId, content: 9 }, aContext('admin'));
    const world = services(machine, (round) => (round === 1 ? slipIn() : undefined));
    const context = aContext('root', { ifMatch: '*' });
    await expect(world.changes.update(schemaId, { content: maximum(8) }, {}, context)).rejects.toMatchObject({
      code: 'schema-breaks-configs',
      detail: { breaks: [{ projectId: 'p1', key: 'late', errors: [{ pointer: '/content', keyword: 'maximum' }] }] },
    });
    expect(machine.state.of(schemas).get(schemaId)?.version).toBe(1);
  });

  it('checks only what is new in the second round', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    for (let each = 0; each < 200; each++) addConfig(machine, 'p1', `config-${each}`, schemaId);
    const slipIn = () =>
      services(machine).configs.create('p1', { key: 'late', schemaId, content: 3 }, aContext('admin'));
    const [validate, validateMany] = [jest.spyOn(validator, 'validate'), jest.spyOn(validator, 'validateMany')];
    const world = services(machine, (round) => (round === 1 ? slipIn() : undefined));
    const context = aContext('root', { ifMatch: '*' });
    const updated = await world.changes.update(schemaId, { content: maximum(8) }, {}, context);
    expect(updated).toMatchObject({ version: 2, content: maximum(8) });
    const judged = await Promise.all(
      validateMany.mock.results.map(({ value }) => value as Promise<readonly unknown[]>),
    );
    // 200 in the first round; the late one when it was created, and once more in the second round.
    expect(judged.flat()).toHaveLength(201);
    expect(validate).toHaveBeenCalledTimes(1);
    validate.mockRestore();
    validateMany.mockRestore();
  });
});

describe('schemas that refer to each other', () => {
  const uri = (name: string) => `https://example.com/${name}`;
  const port = (limit: number): JsonValue => ({ $id: uri('port'), $defs: { port: maximum(limit) } });
  const service: JsonValue = { $id: uri('service'), properties: { port: { $ref: 'port#/$defs/port' } } };

  async function aMachineWithReference() {
    const { machine, schemaId: portId } = await aMachineWithSchema(port(100));
    const { id: serviceId } = await services(machine).schemas.create(named('service', service), aContext());
    return { machine, portId, serviceId, world: services(machine) };
  }

  it('store what they refer to, and judge contents with it', async () => {
    const { world, portId, serviceId } = await aMachineWithReference();
    expect(world.schemas.get(serviceId).references).toEqual([{ schemaId: portId, version: 1 }]);
    expect(await world.schemas.validate(serviceId, { port: 101 })).toMatchObject({
      valid: false,
      errors: [{ pointer: '/content/port', keyword: 'maximum' }],
    });
  });

  it('are checked transitively before a change, with the same answer as the dry run', async () => {
    const { world, portId, serviceId, machine } = await aMachineWithReference();
    await world.configs.create('p1', { key: 'app', schemaId: serviceId, content: { port: 80 } }, aContext('admin'));
    const errors = [{ pointer: '/content/port', keyword: 'maximum' }];
    expect(await world.changes.impact(portId, port(79), aContext())).toMatchObject({
      breaks: [{ projectId: 'p1', key: 'app', errors }],
      checked: 1,
    });
    expect(await world.changes.impact(portId, port(81), aContext())).toEqual({ breaks: [], checked: 1 });
    expect(await codeOf(put(machine, portId, port(79)))).toBe('schema-breaks-configs');
    expect(await put(machine, portId, port(81))).toMatchObject({ version: 2 });
    expect(await world.schemas.validate(serviceId, { port: 90 })).toMatchObject({ valid: false });
  });

  it('may not lose what another one refers to', async () => {
    const { machine, portId } = await aMachineWithReference();
    await expect(put(machine, portId, { $id: uri('port') })).rejects.toMatchObject({
      code: 'schema-in-use',
      message: expect.stringContaining('"service"') as string,
    });
    expect(await codeOf(put(machine, portId, maximum(1)))).toBe('schema-in-use');
  });

  it('may form a circle, and are judged with the new content of each', async () => {
    const { machine, portId, serviceId, world } = await aMachineWithReference();
    const circle = (limit: number): JsonValue => ({
      $id: uri('port'),
      $defs: {
        port: { ...(maximum(limit) as object), type: ['integer', 'object'], properties: { of: { $ref: 'service' } } },
      },
    });
    await put(machine, portId, circle(100));
    await world.configs.create(
      'p1',
      { key: 'app', schemaId: serviceId, content: { port: { of: { port: 50 } } } },
      aContext('admin'),
    );
    expect(await codeOf(put(machine, portId, circle(49)))).toBe('schema-breaks-configs');
    expect(await put(machine, portId, circle(50))).toMatchObject({ version: 3, references: [{ schemaId: serviceId }] });
    expect(await codeOf(world.changes.delete(portId, {}, {}, aContext()))).toBe('schema-in-use');
  });

  it.each<[string, JsonValue, string]>([
    ['a $ref that leads nowhere', { $ref: 'https://example.com/none' }, 'schema-invalid'],
    ['an $id that is taken', { $id: uri('port') }, 'schema-id-taken'],
    ['the $id of a meta-schema', { $id: 'http://json-schema.org/draft-07/schema' }, 'schema-id-taken'],
    ['an $id of more than 1000 bytes', { $id: uri('x'.repeat(1000)) }, 'schema-invalid'],
  ])('refuse %s', async (_what, content, code) => {
    const { world } = await aMachineWithReference();
    expect(await codeOf(world.schemas.create(named('new', content), aContext()))).toBe(code);
  });

  it('point into the body of the request when one is wrong', async () => {
    const { world } = await aMachineWithReference();
    await expect(
      world.schemas.create(named('new', { properties: { a: { $ref: '#/none' } } }), aContext()),
    ).rejects.toMatchObject({
      code: 'schema-invalid',
      detail: { errors: [{ pointer: '/content/properties/a/$ref', keyword: '$ref' }] },
    });
  });
});

describe('a check of very many configs', () => {
  it('counts all, names the first hundred, and lets other work be done meanwhile', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    for (let each = 0; each < 1500; each++) addConfig(machine, each % 2 ? 'p1' : 'p2', `c${each}`, schemaId, '5');
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const { breaks, checked } = await services(machine).changes.impact(schemaId, maximum(4), aContext());
    clearInterval(counting);
    expect([breaks.length, checked]).toEqual([100, 1500]);
    expect(turns).toBeGreaterThan(5);
  });

  it.each([
    ['ajv', { propertyNames: { pattern: '^[a-z]+$' } }],
    ['the conformant engine', { unevaluatedProperties: false }],
  ])('asks a thread with %s about many at a time', async (_engine, more) => {
    const { machine, schemaId } = await aMachineWithSchema();
    for (let each = 0; each < 1500; each++) addConfig(machine, 'p1', `c${each}`, schemaId, String(each % 10));
    const run = jest.spyOn(WorkerPool.prototype, 'run');
    const world = services(machine).changes;
    const { breaks, checked } = await world.impact(schemaId, { type: 'integer', maximum: 4, ...more }, aContext());
    // Inspecting the schema is among them. Under load a thread may answer before it has judged all that it was sent.
    expect(run.mock.calls.length).toBeLessThan(150);
    run.mockRestore();
    expect([breaks.length, checked]).toEqual([100, 1500]);
    for (const { key, errors } of breaks) {
      expect([key, Number(key.slice(1)) % 10 > 4]).toEqual([key, true]);
      expect(errors).toMatchObject([{ pointer: '/content', keyword: 'maximum' }]);
    }
    const fitting = await world.impact(schemaId, { type: 'integer', maximum: 9, ...more }, aContext());
    expect(fitting).toEqual({ breaks: [], checked: 1500 });
  });

  it('ends with the time of the request', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    for (let each = 0; each < 100; each++) addConfig(machine, 'p1', `c${each}`, schemaId, '5');
    const late = aContext('root', { deadline: Deadline.after(0) });
    expect(await codeOf(services(machine).changes.impact(schemaId, maximum(9), late))).toBe('timeout');
  });

  it('ends with the time of the request between contents that take long', async () => {
    const { machine, schemaId } = await aMachineWithSchema({});
    const slow = JSON.stringify(`${'a'.repeat(20)}!`);
    for (let each = 0; each < 1000; each++) addConfig(machine, 'p1', `c${each}`, schemaId, slow);
    const context = aContext('root', { deadline: Deadline.after(500), ifMatch: '*' });
    const changing = services(machine).changes.update(schemaId, { content: { pattern: '^(a+)+$' } }, {}, context);
    await expect(changing).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/^Only \d{1,3} configs could be checked in time/) as string,
    });
    expect(machine.state.of(schemas).get(schemaId)?.version).toBe(1);
  });
});

describe('contents', () => {
  it('are bounded by the bytes of their canonical text', async () => {
    const { machine, schemaId } = await aMachineWithSchema({});
    const create = (content: JsonValue) =>
      services(machine).configs.create('p1', { key: 'app', schemaId, content }, aContext('admin'));
    expect(await codeOf(create('é'.repeat(512)))).toBe('payload-too-large');
    expect(await codeOf(create('é'.repeat(511)))).toBe('done');
  });

  it('come back as the very text that was stored, whatever the names of their members', async () => {
    const { machine, schemaId } = await aMachineWithSchema({});
    const content = JSON.parse(
      '{"b":1,"__proto__":{"x":-0.5e-3},"2":null,"1":["\\u0000é\\"",1e21],"toString":{}}',
    ) as JsonValue;
    const { configs: service } = services(machine);
    const created = await service.create('p1', { key: 'app', schemaId, content }, aContext('admin'));
    const stored = machine.state.of(configs).get('p1', 'app')?.content;
    expect(stored).toBe(canonicalText(content));
    for (const answer of [created, service.get('p1', 'app')]) expect(JSON.stringify(answer.content)).toBe(stored);
  });

  it('are judged first; whether the precondition holds is for apply to say, which records it', async () => {
    const { machine, schemaId } = await aMachineWithSchema();
    const { configs: service } = services(machine);
    await service.create('p1', { key: 'app', schemaId, content: 1 }, aContext('admin'));
    const update = (content: JsonValue, expectedVersion?: number) =>
      codeOf(service.update('p1', 'app', { content, expectedVersion }, {}, aContext('editor')));
    expect(await update('wrong', 7)).toBe('content-invalid');
    expect(await update(2, 7)).toBe('version-conflict');
    expect(await update('wrong', 1)).toBe('content-invalid');
    expect(await update(2)).toBe('version-required');
    expect(await update(2, 1)).toBe('done');
  });
});
