import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess } from '../support/node-process';
import type { Figures } from './load-run';
import { load, printTable } from './load-run';

/**
 * The node over HTTP, everything on: authentication, validation, sync, persistence, logs. One run, alternating; the
 * constant of the same Nest stack (GET /health) and raw node:http are what the figures are held against.
 * `npm run bench:http [-- rounds seconds]`
 */
const [rounds = 3, seconds = 8] = process.argv.slice(2).map(Number);
const connections = 64;
const password = 'a password for the benchmark';
const json = { 'content-type': 'application/json' };
const document = (seed: number) => ({
  name: `service-${seed}`,
  endpoints: Array.from({ length: 4 }, (_, n) => ({ host: `host-${n}.example.com`, port: 8000 + ((seed + n) % 1000), weight: n / 4 })),
  flags: { beta: seed % 2 === 0, region: 'eu-west-1', retries: seed % 7 },
});
const schema = {
  type: 'object',
  required: ['name', 'endpoints'],
  properties: {
    name: { type: 'string', maxLength: 100 },
    endpoints: {
      type: 'array',
      items: { type: 'object', required: ['host', 'port'], properties: { host: { type: 'string' }, port: { type: 'integer', minimum: 1, maximum: 65535 }, weight: { type: 'number' } } },
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
  const { accessToken } = await call<{ accessToken: string }>(`${url}/v1/auth/login`, 'POST', { email: 'admin@example.com', password });
  const authorization = `Bearer ${accessToken}`;
  const { id: projectId, apiKey } = await call<{ id: string; apiKey: string }>(`${url}/v1/projects`, 'POST', { name: 'bench' }, authorization);
  const { id: schemaId } = await call<{ id: string }>(`${url}/v1/schemas`, 'POST', { name: 'bench', content: schema }, authorization);
  const configs = `/v1/projects/${projectId}/configs`;
  for (let n = 0; n < connections; n++) {
    await call(`${url}${configs}`, 'POST', { key: `config-${n}`, schemaId, content: document(n) }, authorization);
  }
  return { url, authorization, apiKey, configs };
}

/** Each connection updates a config of its own, always the version that it knows to be current. */
const versions = new Array<number>(connections).fill(1);

function updates({ url, authorization, configs }: Target): Promise<Figures> {
  let next = 0;
  return load({
    url,
    connections,
    duration: seconds,
    setupClient: (client) => {
      const n = next++ % connections;
      const request = (): void =>
        client.setRequests([{ method: 'PUT', path: `${configs}/config-${n}`, headers: { ...json, authorization }, body: JSON.stringify({ content: document(n + (versions[n] ?? 0)), expectedVersion: versions[n] }) }]);
      request();
      client.on('response', (status) => {
        if (status === 200) versions[n] = (versions[n] ?? 0) + 1;
        request();
      });
    },
  });
}

function mixed(target: Target): Promise<Figures> {
  const { url, authorization, configs } = target;
  const headers = { ...json, authorization };
  const get = (path: string) => ({ method: 'GET' as const, path, headers });
  const validate = { method: 'POST' as const, path: `${configs}/config-1/validate`, headers, body: JSON.stringify({ content: document(1) }) };
  const requests = [get(`${configs}/config-1`), get(`${configs}?limit=20`), get(`${configs}/config-2/revisions?limit=10`), get('/v1/auth/me'), validate, get(`${configs}?q=config-1&limit=20`)];
  let next = 0;
  return load({
    url,
    connections,
    duration: seconds,
    setupClient: (client) => {
      const n = next++ % connections;
      let turn = n;
      const request = (): void => {
        turn += 1;
        if (turn % 4 === 0) {
          client.setRequests([{ method: 'PUT', path: `${configs}/config-${n}`, headers, body: JSON.stringify({ content: document(turn), expectedVersion: versions[n] }) }]);
        } else client.setRequests([requests[turn % requests.length] ?? get('/health')]);
      };
      request();
      client.on('response', (status) => {
        if (turn % 4 === 0 && status === 200) versions[n] = (versions[n] ?? 0) + 1;
        request();
      });
    },
  });
}

async function rawServer(body: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

const median = (all: readonly Figures[]): Figures => [...all].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(all.length / 2)] as Figures;

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-bench-'));
  const node = await NodeProcess.on(directory, { ADMIN_PASSWORD: password, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info', ACCESS_TOKEN_TTL: '1d' });
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
  const ratio = (a: string, b: string): string => ((medians[a]?.perSecond ?? 0) / (medians[b]?.perSecond ?? 1)).toFixed(2);
  process.stdout.write(`\nconfig update / constant of the same stack: ${ratio('config update (PUT)', 'constant (GET /health)')}\n`);
  process.stdout.write(`read by API key / raw node:http: ${ratio('read by API key', 'raw node:http, same bytes')}\n`);
  raw.close();
  await node.stop();
  rmSync(directory, { recursive: true, force: true });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
