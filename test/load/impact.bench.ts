import { setTimeout } from 'node:timers/promises';
import { aContext, addConfig, aConfigMachine, addSchema, consensusOf } from '../support/config-machine';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { JsonValue } from '../../apps/server/src/common/json/json-value';
import { SchemaChangesService } from '../../apps/server/src/configs/schema-changes.service';
import { SchemaImpact } from '../../apps/server/src/configs/schema-impact';
import { SchemaChecks } from '../../apps/server/src/schemas/schema-checks';
import { SchemaValidator } from '../../apps/server/src/schemas/validation/schema-validator';

/*
 * How long the impact of a schema takes that very many configs use, on the main thread and through the worker threads
 * with either engine, and how long it holds the event loop up at a time.
 *
 *   npm run bench:impact [-- configs]
 */
const configs = Number(process.argv[2] ?? 100_000);

const properties: JsonValue = {
  port: { type: 'integer', minimum: 1, maximum: 65535 },
  host: { type: 'string', format: 'hostname' },
  tls: { type: 'object', properties: { enabled: { type: 'boolean' }, minVersion: { enum: ['1.2', '1.3'] } } },
  tags: { type: 'array', items: { type: 'string', maxLength: 20 }, uniqueItems: true },
};
const schema = { type: 'object', required: ['port', 'host'], properties };
const strict = { propertyNames: { pattern: '^[a-zA-Z]+$' } };
const conformant = { unevaluatedProperties: false };
const narrow = { properties: { ...properties, port: { type: 'integer', maximum: 0 } } };

const variants: readonly (readonly [string, JsonValue, boolean?])[] = [
  ['main thread, ajv; all stay valid', schema],
  ['main thread, ajv; all break', { ...schema, ...narrow }],
  ['worker, ajv; all stay valid', { ...schema, ...strict }],
  ['worker, ajv; all break', { ...schema, ...strict, ...narrow }],
  ['worker, conformant engine; all stay valid', { ...schema, ...conformant }],
  ['worker, conformant engine; all break', { ...schema, ...conformant, ...narrow }],
  ['worker, conformant engine; update', { ...schema, ...conformant }, true],
];

const contentOf = (place: number): string =>
  JSON.stringify({
    port: 1024 + (place % 60_000),
    host: `service-${place}.example.com`,
    tls: { enabled: place % 2 === 0, minVersion: '1.2' },
    tags: ['a', 'b', `c${place % 100}`],
  });

async function main(): Promise<void> {
  const machine = aConfigMachine();
  addSchema(machine, 'popular', { content: JSON.stringify(schema) });
  for (let place = 0; place < configs; place++) addConfig(machine, 'p1', `c${place}`, 'popular', contentOf(place));
  const consensus = consensusOf(machine);
  const validator = new SchemaValidator();
  const checks = new SchemaChecks(consensus, validator, parseEnvironment({}));
  const changes = new SchemaChangesService(consensus, checks, new SchemaImpact(consensus, checks, validator));
  for (const [name, content, update = false] of variants) {
    let [longest, last] = [0, performance.now()];
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const start = performance.now();
    const context = aContext('root', { ifMatch: '*' });
    const outcome = update
      ? `now version ${(await changes.update('popular', { content }, {}, context)).version}`
      : `${(await changes.impact('popular', content, context)).breaks.length} breaks named`;
    const seconds = (performance.now() - start) / 1000;
    // What has held the loop up last shows in the turn after it.
    await setTimeout(5);
    clearInterval(watch);
    const rate = Math.round(configs / seconds).toLocaleString('en');
    process.stdout.write(
      `${name.padEnd(44)}${seconds.toFixed(2).padStart(7)} s  ${rate.padStart(8)} configs/s  longest turn ${longest.toFixed(0).padStart(4)} ms  ${outcome}\n`,
    );
  }
  await validator.close();
}

void main();
