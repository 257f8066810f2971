import { problemIn } from '../support/problem';
import type { TestProject, World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
let project: TestProject;
beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
}, 60_000);
afterAll(() => world.close());

const validate = async (schemaId: string, content: unknown) =>
  (await world.asAdmin('post', `/v1/schemas/${schemaId}/validate`).send({ content }).expect(200)).body;
const update = (schemaId: string, content: unknown, expectedVersion = 1) =>
  world.asAdmin('put', `/v1/schemas/${schemaId}`).send({ content, expectedVersion });
const base = () => `https://schemas.example.com/${unique('case')}`;

describe('each draft', () => {
  const old = { properties: { price: { minimum: 0, exclusiveMinimum: true } } };
  const tuple = { items: [{ type: 'string' }], additionalItems: false };
  it.each([
    ['draft-04', 'http://json-schema.org/draft-04/schema#', old, { price: 1 }, { price: 0 }],
    ['draft-06', 'http://json-schema.org/draft-06/schema#', { contains: { const: 1 } }, [0, 1], [0]],
    [
      'draft-07',
      'http://json-schema.org/draft-07/schema#',
      { if: { type: 'string' }, then: { minLength: 2 } },
      'ab',
      'a',
    ],
    ['2019-09', 'https://json-schema.org/draft/2019-09/schema', { ...tuple, minContains: 1 }, ['a'], ['a', 1]],
    [
      '2020-12',
      'https://json-schema.org/draft/2020-12/schema',
      { prefixItems: [{ type: 'string' }], items: false },
      ['a'],
      ['a', 1],
    ],
  ])('%s means what it says', async (draft, $schema, rules, good, bad) => {
    const schema = await world.aSchema({ $schema, ...rules });
    expect((await world.asAdmin('get', `/v1/schemas/${schema.id}`).expect(200)).body.draft).toBe(draft);
    await world.aConfig(project, schema, unique(draft), good);
    const wrong = { key: unique(draft), schemaId: schema.id, content: bad };
    problemIn(await world.asAdmin('post', `/v1/projects/${project.id}/configs`).send(wrong), 422, 'content-invalid');
  });

  it('is 2020-12 where no $schema says so, with formats', async () => {
    const { id } = await world.aSchema({ format: 'date-time', $dynamicAnchor: 'here' });
    expect((await world.asAdmin('get', `/v1/schemas/${id}`)).body.draft).toBe('2020-12');
    expect(await validate(id, '2026-01-31T12:00:00Z')).toEqual({ valid: true, errors: [] });
    expect(await validate(id, 'yesterday')).toMatchObject({
      valid: false,
      errors: [{ pointer: '/content', keyword: 'format' }],
    });
  });
});

describe('members named like those of Object', () => {
  it('are members like any other', async () => {
    const names = ['toString', 'constructor', 'hasOwnProperty', 'valueOf', '__proto__'];
    const { id } = await world.aSchema({ type: 'object', required: names, additionalProperties: { type: 'integer' } });
    expect((await validate(id, {})).errors).toHaveLength(names.length);
    const content = JSON.parse(`{${names.map((name) => `"${name}":1`).join()}}`);
    expect(await validate(id, content)).toEqual({ valid: true, errors: [] });
    const wrong = JSON.parse(`{${names.map((name) => `"${name}":"x"`).join()}}`);
    expect((await validate(id, wrong)).errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(
      names.map((name) => `/content/${name}`).sort(),
    );
    const { key } = await world.aConfig(project, { id, version: 1, modIndex: 0 }, unique('names'), content);
    const read = await world.http('get', `/v1/read/${project.apiKey}/${key}?raw=true`).expect(200);
    expect(read.text).toBe(JSON.stringify(content));
  });
});

describe('a $ref to a stored schema', () => {
  /** a refers to b relative to its own $id, b to c absolutely; one config of a. */
  async function aChain() {
    const uri = base();
    const c = await world.aSchema({ $id: `${uri}/c`, $defs: { port: { type: 'integer', maximum: 100 } } });
    const b = await world.aSchema({ $id: `${uri}/b`, properties: { port: { $ref: `${uri}/c#/$defs/port` } } });
    const a = await world.aSchema({ $id: `${uri}/a`, $ref: 'b', required: ['port'] });
    const { key } = await world.aConfig(project, a, unique('config'), { port: 50 });
    return { uri, a, b, c, key };
  }

  it('is followed, absolute and relative, and named in references', async () => {
    const { a, b, c } = await aChain();
    expect(await validate(a.id, { port: 100 })).toEqual({ valid: true, errors: [] });
    expect(await validate(a.id, { port: 101 })).toMatchObject({
      errors: [{ pointer: '/content/port', keyword: 'maximum' }],
    });
    expect((await world.asAdmin('get', `/v1/schemas/${a.id}`)).body.references).toEqual([
      { schemaId: b.id, version: 1 },
    ]);
    expect((await world.asAdmin('get', `/v1/schemas/${b.id}`)).body.references).toEqual([
      { schemaId: c.id, version: 1 },
    ]);
  });

  it('is followed by impact, update and delete, however far it leads', async () => {
    const { uri, a, b, c, key } = await aChain();
    const stricter = { $id: `${uri}/c`, $defs: { port: { type: 'integer', maximum: 10 } } };
    const impact = await world.asAdmin('post', `/v1/schemas/${c.id}/impact`).send({ content: stricter }).expect(200);
    const broken = { projectId: project.id, key, errors: [expect.objectContaining({ pointer: '/content/port' })] };
    expect(impact.body).toEqual({ breaks: [broken], checked: 1 });
    expect(problemIn(await update(c.id, stricter), 409, 'schema-breaks-configs').breaks).toEqual([broken]);
    for (const { id } of [a, b, c]) problemIn(await world.asAdmin('delete', `/v1/schemas/${id}`), 409, 'schema-in-use');
    problemIn(await update(b.id, { $id: `${uri}/elsewhere` }), 409, 'schema-in-use');

    const wider = { $id: `${uri}/c`, $defs: { port: { type: 'integer', maximum: 1000 } } };
    await update(c.id, wider).expect(200);
    expect(await validate(a.id, { port: 500 })).toEqual({ valid: true, errors: [] });
    expect((await world.asAdmin('get', `/v1/schemas/${b.id}`)).body.references).toEqual([
      { schemaId: c.id, version: 2 },
    ]);
    problemIn(await update(c.id, { $id: `${uri}/c` }, 2), 409, 'schema-in-use');

    await world.asAdmin('delete', `/v1/projects/${project.id}/configs/${key}`).expect(204);
    await update(c.id, stricter, 2).expect(200);
    for (const { id } of [a, b, c]) await world.asAdmin('delete', `/v1/schemas/${id}`).expect(204);
  });

  it('may be of another draft, and may lead in a circle', async () => {
    const uri = base();
    await world.aSchema({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: `${uri}/list`,
      type: ['null', 'object'],
    });
    const { id } = await world.aSchema({
      $id: `${uri}/node`,
      properties: { next: { $ref: 'list' }, self: { $ref: '#' } },
    });
    expect(await validate(id, { next: null, self: { self: { next: {} } } })).toEqual({ valid: true, errors: [] });
    expect(await validate(id, { self: { next: 1 } })).toMatchObject({ errors: [{ pointer: '/content/self/next' }] });
  });
});

describe('versions of a schema', () => {
  it('are kept, and configs say with which one they were checked', async () => {
    const schema = await world.aSchema({ type: 'integer' });
    const { key } = await world.aConfig(project, schema, unique('config'), 1);
    const renamed = await world.asAdmin('put', `/v1/schemas/${schema.id}`).set('If-Match', `"${schema.modIndex}"`);
    expect(renamed.status).toBe(400);
    await update(schema.id, { type: 'number' }).expect(200);
    problemIn(await update(schema.id, { type: 'number' }), 409, 'version-conflict');
    const versions = (await world.asAdmin('get', `/v1/schemas/${schema.id}/versions`).expect(200)).body.items;
    expect(versions).toMatchObject([
      { version: 2, content: { type: 'number' } },
      { version: 1, content: { type: 'integer' } },
    ]);
    const path = `/v1/projects/${project.id}/configs/${key}`;
    expect((await world.asAdmin('get', path).expect(200)).body.schemaVersion).toBe(1);
    const change = world.asAdmin('put', path).send({ content: 1.5, expectedVersion: 1 });
    expect((await change.expect(200)).body.schemaVersion).toBe(2);
  });
});

describe('a hostile schema', () => {
  /** Small as it is, it asks two to the power of `levels` questions. */
  function choices(levels: number): object {
    const either = (name: string) => ({ anyOf: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }] });
    const $defs = Object.fromEntries(Array.from({ length: levels }, (_, n) => [`d${n + 1}`, either(`d${n}`)]));
    return { $defs: { ...$defs, d0: { type: 'integer' } }, $ref: `#/$defs/d${levels}` };
  }

  it.each([
    ['a pattern', { pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`],
    [
      'a pattern of names',
      { patternProperties: { '^(a|a)*$': true }, additionalProperties: false },
      { [`${'a'.repeat(60)}!`]: 1 },
    ],
    ['choices of choices', choices(30), 'no integer'],
  ])('is cut off or answered while others are served: %s', async (_what, hostile, content) => {
    const { id } = await world.aSchema(hostile);
    let running = 2;
    const attacks = Array.from({ length: running }, async () => {
      const answer = await world.asAdmin('post', `/v1/schemas/${id}/validate`).send({ content });
      running -= 1;
      return answer;
    });
    let served = 0;
    while (running > 0) {
      await world.http('get', '/health').expect(200);
      if (running > 0) served += 1;
    }
    expect(served).toBeGreaterThan(0);
    for (const answer of await Promise.all(attacks)) {
      // A machine that is busy with others may not get as far as a verdict, and says so.
      const isBusy = answer.body.code === 'overloaded' || answer.body.code === 'timeout';
      if (answer.status === 200) expect(answer.body).toMatchObject({ valid: false });
      else problemIn(answer, isBusy ? 503 : 422, isBusy ? answer.body.code : 'validation-cut-off');
    }
    await world.aConfig(project, await world.aSchema({ type: 'string', pattern: '^a+$' }), unique('config'), 'aaa');
  });

  it('that never ends is refused as a schema', async () => {
    const content = { $id: `${base()}/loop`, allOf: [{ $ref: '#' }] };
    const created = await world.asAdmin('post', '/v1/schemas').send({ name: unique('s'), content });
    const { errors } = problemIn(created, 422, 'schema-invalid');
    expect(errors).toMatchObject([
      { pointer: '/content', keyword: '$ref', message: expect.stringContaining('without end') },
    ]);
  });
});
