import type { JsonValue } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import { SchemaValidator } from './schema-validator';
import type { SchemaBundle, Verdict } from './validation.types';

let serial = 0;

function bundle(schema: JsonValue): SchemaBundle {
  return { root: { key: `schema-${++serial}@1`, text: JSON.stringify(schema) }, references: [] };
}

const hostilePattern = { type: 'string', pattern: '^(a+)+$' };
const victim = `${'a'.repeat(50)}!`;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof Rejected ? error.code : String(error)),
  );
}

/** How often the event loop turned while the promise was pending: a blocked loop does not turn at all. */
async function turnsWhile(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isPending = true;
  const settled = promise.finally(() => (isPending = false)).catch(() => undefined);
  while (isPending) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await settled;
  return turns;
}

/** Doubles at each level: a few lines of schema, 2^40 evaluations. */
function doubling(levels: number): JsonValue {
  const $defs: Record<string, JsonValue> = { d0: { type: 'integer' } };
  for (let level = 1; level <= levels; level++) {
    const $ref = `#/$defs/d${level - 1}`;
    $defs[`d${level}`] = { allOf: [{ $ref }, { $ref }] };
  }
  return { $defs, $ref: `#/$defs/d${levels}` };
}

/** How many are judged at once depends on the time that it takes. */
async function judgeAll(
  validator: SchemaValidator,
  schema: SchemaBundle,
  contents: readonly string[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  while (verdicts.length < contents.length)
    verdicts.push(...(await validator.validateMany(schema, contents.slice(verdicts.length))));
  return verdicts;
}

describe('containment', () => {
  const validator = new SchemaValidator({ checkLimitMs: 200, wallLimitMs: 60_000 });
  afterAll(() => validator.close());

  it.each<[string, JsonValue, JsonValue]>([
    ['a pattern that needs exponential time', hostilePattern, victim],
    ['such a pattern for member names', { patternProperties: { '^(a+)+$': { type: 'integer' } } }, { [victim]: 1 }],
    ['such a pattern under the conformant engine', { ...hostilePattern, unevaluatedItems: false }, victim],
    ['references that double at each level', doubling(40), 1],
  ])('cuts off %s while the event loop keeps turning', async (_what, schema, content) => {
    const checking = validator.validate(bundle(schema), content);
    expect(await turnsWhile(checking)).toBeGreaterThan(50);
    expect(await codeOf(checking)).toBe('validation-cut-off');
  });

  it('answers for the very schema that was cut off when the content is harmless', async () => {
    const schema = bundle(hostilePattern);
    expect(await codeOf(validator.validate(schema, victim))).toBe('validation-cut-off');
    expect(await validator.validate(schema, 'aaa')).toEqual({ valid: true, errors: [] });
    expect((await validator.validate(schema, 'b')).valid).toBe(false);
  });

  it('answers for everyone who waited behind a job that is cut off', async () => {
    const single = new SchemaValidator({ checkLimitMs: 200, wallLimitMs: 60_000, workers: 1 });
    const hostile = codeOf(single.validate(bundle(hostilePattern), victim));
    const others = Array.from({ length: 20 }, (_, index) =>
      single.validate(bundle({ pattern: `^x${index}$` }), `x${index}`),
    );
    expect(await hostile).toBe('validation-cut-off');
    expect((await Promise.all(others)).every(({ valid }) => valid)).toBe(true);
    await single.close();
  });

  it('leaves a thread to the others when many jobs of one schema are cut off', async () => {
    const schema = bundle(hostilePattern);
    expect(await codeOf(validator.validate(schema, victim))).toBe('validation-cut-off');
    const order: string[] = [];
    const hostile = Array.from({ length: 4 }, () =>
      codeOf(validator.validate(schema, victim)).then(() => order.push('hostile')),
    );
    const other = validator.validate(bundle({ pattern: '^x$' }), 'x').then(() => order.push('other'));
    await Promise.all([...hostile, other]);
    // They take their turns on one thread; on the other this one is answered while some still wait for theirs.
    expect(order.indexOf('other')).toBeLessThan(order.length - 1);
  });

  it('cuts off a schema that asks for too much memory', async () => {
    const small = new SchemaValidator({ compileLimitMs: 60_000, wallLimitMs: 60_000, maxHeapMb: 24 });
    const properties = Object.fromEntries(
      Array.from({ length: 60_000 }, (_, index) => [`p${index}`, { pattern: `^x${index}`, minLength: index }]),
    );
    expect(await codeOf(small.inspect({ properties }, new Map()))).toBe('schema-invalid');
    expect((await small.validate(bundle({ pattern: 'x' }), 'x')).valid).toBe(true);
    await small.close();
  }, 60_000);

  it('refuses a schema that takes too long to compile, saying why', async () => {
    const impatient = new SchemaValidator({ compileLimitMs: 20 });
    const properties = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`p${index}`, { type: 'object', required: ['a', 'b'] }]),
    );
    const error = await impatient.inspect({ properties }, new Map()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'schema-invalid',
      detail: { detail: 'Compiling the schema was cut off: it needed more than 20 ms of computing.' },
    });
    await impatient.close();
  });

  it('counts what a check computes, not how long it takes on a busy machine', async () => {
    const thirsty = new SchemaValidator({ checkLimitMs: 60_000, wallLimitMs: 1000, workers: 1 });
    // The limit of computing is far away: all that is over is the time of day.
    const error = await thirsty.validate(bundle(hostilePattern), victim).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'overloaded', detail: { retryAfterSeconds: 1 } });
    expect(await codeOf(thirsty.validate(bundle({ pattern: '^x$' }), 'x'))).toBe('answered');
    await thirsty.close();
  });

  it('answers for recursive schemas and content as deep as the service takes it', async () => {
    let content: JsonValue = 1;
    for (let level = 0; level < 1000; level++) content = [content];
    for (const more of [{}, { unevaluatedProperties: false }] as Record<string, JsonValue>[]) {
      const schema = bundle({ anyOf: [{ type: 'integer' }, { type: 'array', items: { $ref: '#' } }], ...more });
      expect((await validator.validate(schema, content)).valid).toBe(true);
    }
  });

  it('cuts many off for the sake of one, and answers for them without it', async () => {
    const schema = bundle(hostilePattern);
    const harmless = Array.from({ length: 20 }, (_, place) => JSON.stringify(place % 2 ? 'aaa' : 'b'));
    const checking = judgeAll(validator, schema, [...harmless, JSON.stringify(victim), '"a"']);
    expect(await codeOf(checking)).toBe('validation-cut-off');
    const verdicts = await judgeAll(validator, schema, harmless);
    expect(verdicts.map(({ valid }) => valid)).toEqual(harmless.map((_, place) => place % 2 === 1));
  });

  it('answers for those before a content that nests too deeply, and then for that one', async () => {
    const schema = bundle({ anyOf: [{ type: 'integer' }, { type: 'array', items: { $ref: '#' } }] });
    const deep = `${'['.repeat(200_000)}1${']'.repeat(200_000)}`;
    const contents = ['1', '[[2]]', deep, '3'];
    const patient = new SchemaValidator({ checkLimitMs: 30_000, wallLimitMs: 60_000 });
    const verdicts = await judgeAll(patient, schema, contents.slice(0, 2));
    expect(verdicts.map(({ valid }) => valid)).toEqual([true, true]);
    expect((await patient.validateMany(schema, contents)).length).toBeLessThanOrEqual(2);
    expect(await codeOf(judgeAll(patient, schema, contents))).toBe('validation-cut-off');
    await patient.close();
  });

  it('judges many for as long as a thread may be kept, and goes on from there', async () => {
    // Each takes a good part of a millisecond.
    const contents = Array.from({ length: 1000 }, () => JSON.stringify(`${'a'.repeat(16)}!`));
    const patient = new SchemaValidator({ checkLimitMs: 30_000, wallLimitMs: 60_000 });
    const validateMany = jest.spyOn(patient, 'validateMany');
    const verdicts = await judgeAll(patient, bundle(hostilePattern), contents);
    expect(validateMany.mock.calls.length).toBeGreaterThan(1);
    await patient.close();
    expect([verdicts.length, verdicts.some(({ valid }) => valid)]).toEqual([1000, false]);
  });

  it('refuses more than may wait, and takes more again afterwards', async () => {
    const narrow = new SchemaValidator({ checkLimitMs: 200, wallLimitMs: 60_000, workers: 1, maxWaiting: 2 });
    const schema = bundle({ pattern: '^x$' });
    const codes = await Promise.all(Array.from({ length: 6 }, () => codeOf(narrow.validate(schema, 'x'))));
    expect(codes.filter((code) => code === 'overloaded').length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === 'answered').length).toBeGreaterThan(0);
    expect(await codeOf(narrow.validate(schema, 'x'))).toBe('answered');
    await narrow.close();
  });

  it('rejects what is under way when it is closed, and whatever comes after', async () => {
    const closing = new SchemaValidator({ workers: 1 });
    const pending = [
      codeOf(closing.validate(bundle(hostilePattern), victim)),
      codeOf(closing.validate(bundle(hostilePattern), 'a')),
    ];
    await closing.close();
    expect(await Promise.all(pending)).toEqual(['not-ready', 'not-ready']);
    expect(await codeOf(closing.inspect({}, new Map()))).toBe('not-ready');
  });
});
