import type { JsonValue } from '../../apps/server/src/common/json/json-value';
import { parseJson } from '../../apps/server/src/common/json/parse-json';
import { SchemaValidator } from '../../apps/server/src/schemas/validation/schema-validator';
import type { SchemaBundle } from '../../apps/server/src/schemas/validation/validation.types';

/*
 * How fast contents are parsed and checked on the way of a config update: 64 at a time, on the main thread and through
 * the worker threads with either engine.
 *
 *   npm run bench:validation
 */
const config: JsonValue = {
  port: 8080,
  host: 'service.example.com',
  timeoutMs: 2500,
  tls: { enabled: true, minVersion: '1.2' },
  tags: ['a', 'b', 'c'],
  retries: [{ after: 100 }, { after: 200 }],
};

const schema = {
  type: 'object',
  required: ['port', 'host'],
  additionalProperties: false,
  properties: {
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    host: { type: 'string', format: 'hostname' },
    timeoutMs: { type: 'integer', minimum: 0 },
    tls: { type: 'object', properties: { enabled: { type: 'boolean' }, minVersion: { enum: ['1.2', '1.3'] } } },
    tags: { type: 'array', items: { type: 'string', maxLength: 20 }, uniqueItems: true },
    retries: {
      type: 'array',
      items: { type: 'object', required: ['after'], properties: { after: { type: 'integer' } } },
    },
  },
};

const variants: readonly (readonly [string, JsonValue])[] = [
  ['main thread, ajv', schema],
  ['worker, ajv (a pattern)', { ...schema, propertyNames: { pattern: '^[a-zA-Z]+$' } }],
  ['worker, conformant engine (unevaluatedProperties)', { ...schema, unevaluatedProperties: false }],
];

const inFlight = 64;

async function rate(run: () => Promise<unknown>, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  const start = performance.now();
  let done = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      await run();
      done++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return (done / (performance.now() - start)) * 1000;
}

async function main(): Promise<void> {
  const validator = new SchemaValidator();
  for (const [name, content] of variants) {
    const bundle: SchemaBundle = { root: { key: `${name}@1`, text: JSON.stringify(content) }, references: [] };
    await rate(() => validator.validate(bundle, config), 1000);
    const perSecond = await rate(() => validator.validate(bundle, config), 2000);
    console.log(`validate, ${name}: ${Math.round(perSecond)}/s`);
  }
  await validator.close();
  for (const copies of [1, 8, 8000]) {
    const text = JSON.stringify(Array.from({ length: copies }, () => config));
    const plain = await rate(() => Promise.resolve(JSON.parse(text)), 1000);
    const strict = await rate(() => Promise.resolve(parseJson(text, { maxDepth: 100 })), 1000);
    console.log(
      `parse ${text.length} characters: JSON.parse ${Math.round(plain)}/s, parseJson ${Math.round(strict)}/s, ratio ${(plain / strict).toFixed(2)}`,
    );
  }
}

void main();
