import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type autocannon from 'autocannon';
import { NodeProcess } from '../support/node-process';
import type { Figures } from './load-run';
import { load, printTable } from './load-run';

/**
 * The node over HTTP, everything on: authentication, validation, sync, persistence, logs. One run, alternating; the
 * constant of the same Nest stack (GET /health) and raw node:http are what the figures are held against.
 * `npm run bench:http [-- rounds seconds]`
 */
type Request = autocannon.Request;

const [rounds = 3, seconds = 8] = process.argv.slice(2).map(Number);
const connections = 64;
const password = 'a password for the benchmark';
const json = { 'content-type': 'application/json' };
const document = (seed: number) => ({
  name: `service-${seed}`,
  endpoints: Array.from({ length: 4 }, (_, n) => ({
    host: `host-${n}.example.com`,
    port: 8000 + ((seed + n) % 1000),
    weight: n / 4,
  })),
  flags: { beta: seed % 2 === 0, region: 'eu-west-1', retries: seed % 7 },
});
const schema = {
  type: 'object',
  required: ['name', 'endpoints'],
  properties: {
    name: { type: 'string', maxLength: 100 },
    endpoints: {
      type: 'array',
      items: {
        type: 'object',
        required: ['host', 'port'],
        properties: {
          host: { type: 'string' },
          port: { type: 'integer', minimum: 1, maximum: 65535 },
          weight: { type: 'number' },
        },
      },
    },
    flags: { type: 'object' },
  },
};

interface Target {
  readonly url: string;
  readonly authorization: string;
  readonly apiKey: string;
  readonly configs: string;
}

async function call<T>(url: string, method: string, body: unknown, authorization = ''): Promise<T> {
  const answer = await fetch(url, { method, headers: { ...json, authorization }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function prepare(url: string): Promise<Target> {
  const { accessToken } = await call<{ accessToken: string }>(`${url}/v1/auth/login`, 'POST', {
    email: 'admin@example.com',
    password,
  });
  const authorization = `Bearer ${accessToken}`;
  const { id: projectId, apiKey } = await call<{ id: string; apiKey: string }>(
    `${url}/v1/projects`,
    'POST',
    { name: 'bench' },
    authorization,
  );
  const { id: schemaId } = await call<{ id: string }>(
    `${url}/v1/schemas`,
    'POST',
    { name: 'bench', content: schema },
    authorization,
  );
  const configs = `/v1/projects/${projectId}/configs`;
  for (let n = 0; n < connections; n++) {
    await call(`${url}${configs}`, 'POST', { key: `config-${n}`, schemaId, content: document(n) }, authorization);
  }
  return { url, authorization, apiKey, configs };
}

/** Each connection updates a config of its own, the version that it knows to be current. */
const versions = new Array<number>(connections).fill(1);

function update({ authorization, configs }: Target, n: number): Request {
  return {
    method: 'PUT',
    path: `${configs}/config-${n}`,
    headers: { ...json, authorization },
    body: JSON.stringify({ content: document(n + (versions[n] ?? 0)), expectedVersion: versions[n] }),
    // An update that was under way when the run before ended is learnt from the first answer of this one.
    onResponse: (status, text) => {
      const answer = JSON.parse(text) as { version?: number; currentVersion?: number };
      if (status === 200 || status === 409) versions[n] = answer.version ?? answer.currentVersion ?? 1;
    },
  };
}

/** Every connection sends what `next` gives it, one request at a time. */
function perConnection(target: Target, next: (n: number, turn: number) => Request): Promise<Figures> {
  let connection = 0;
  return load({
    url: target.url,
    connections,
    duration: seconds,
    setupClient: (client) => {
      const n = connection++ % connections;
      let turn = n;
      client.setRequests([next(n, turn)]);
      client.on('response', () => client.setRequests([next(n, ++turn)]));
    },
  });
}

const updates = (target: Target): Promise<Figures> => perConnection(target, (n) => update(target, n));

function mixed(target: Target): Promise<Figures> {
  const { authorization, configs } = target;
  const headers = { ...json, authorization };
  const get = (path: string): Request => ({ method: 'GET', path, headers });
  const reads = [
    get(`${configs}/config-1`),
    get(`${configs}?limit=20`),
    get(`${configs}/config-2/revisions?limit=10`),
    get('/v1/auth/me'),
    get(`${configs}?q=config-1&limit=20`),
    {
      method: 'POST' as const,
      path: `${configs}/config-1/validate`,
      headers,
      body: JSON.stringify({ content: document(1) }),
    },
  ];
  return perConnection(target, (n, turn) =>
    turn % 4 === 0 ? update(target, n) : (reads[turn % reads.length] ?? get('/health')),
  );
}

async function rawServer(body: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

const median = (all: readonly Figures[]): Figures =>
  [...all].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(all.length / 2)] as Figures;

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-bench-'));
  const node = await NodeProcess.on(directory, {
    ADMIN_PASSWORD: password,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    ACCESS_TOKEN_TTL: '1d',
  });
  await node.start();
  const target = await prepare(node.url);
  const body = await (await fetch(`${node.url}/v1/read/${target.apiKey}/config-1`)).text();
  const raw = await rawServer(body);
  const loads: Record<string, () => Promise<Figures>> = {
    'constant (GET /health)': () => load({ url: `${node.url}/health`, duration: seconds }),
    'config update (PUT)': () => updates(target),
    'mixed admin, a quarter PUT': () => mixed(target),
    'read by API key': () => load({ url: `${node.url}/v1/read/${target.apiKey}/config-1`, duration: seconds }),
    'raw node:http, same bytes': () => load({ url: raw.url, duration: seconds }),
  };
  const results: Record<string, Figures[]> = {};
  for (const run of Object.values(loads)) await run(); // warm-up
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(loads)) (results[name] ??= []).push(await run());
  }
  const medians = Object.fromEntries(Object.entries(results).map(([name, all]) => [name, median(all)]));
  printTable(medians);
  const ratio = (a: string, b: string): string =>
    ((medians[a]?.perSecond ?? 0) / (medians[b]?.perSecond ?? 1)).toFixed(2);
  process.stdout.write(
    `\nconfig update / constant of the same stack: ${ratio('config update (PUT)', 'constant (GET /health)')}\n`,
  );
  process.stdout.write(`read by API key / raw node:http: ${ratio('read by API key', 'raw node:http, same bytes')}\n`);
  raw.close();
  await node.stop();
  rmSync(directory, { recursive: true, force: true });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
