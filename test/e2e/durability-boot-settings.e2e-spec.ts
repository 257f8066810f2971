import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { settings } from '../../apps/server/src/common/env';
import type { Setting } from '../../apps/server/src/common/setting';
import { temporaryDirectory } from '../support/postgres-directory';
import type { RefusedBoot } from '../support/refused-boot';
import { refusedBoot } from '../support/refused-boot';

const all: readonly Setting<unknown>[] = Object.values(settings);
const hidden = 'hidden';

/** One wrong value for each variable that the node reads; secrets hold the word that must not come back. */
const wrongValues: Readonly<Record<string, string>> = {
  PORT: '65536',
  HOST: 'not a host',
  DATA_DIR: `${'x'.repeat(4096)}y`,
  DATABASE_URL: `mysql://user:${hidden}@127.0.0.1/config`,
  DATABASE_POOL_MAX: '1',
  DATABASE_CONNECT_TIMEOUT: '5',
  DATABASE_STATEMENT_TIMEOUT: '2h',
  NODE_ID: '-node',
  ADMIN_EMAIL: 'nobody',
  ADMIN_PASSWORD: hidden,
  JWT_SECRETS: `2026:${hidden}`,
  PASSWORD_PEPPERS: `${hidden}-and-long-enough-but-without-a-name`,
  ACCESS_TOKEN_TTL: '15 minutes',
  REFRESH_TOKEN_TTL: '-1d',
  AUTH_RULES: 'lax',
  SECURITY_NOTICES_URL: `https://user:${hidden}@mail.example.com`,
  MAX_CONTENT_BYTES: '1MB',
  MAX_SCHEMA_BYTES: '0',
  MAX_REQUEST_BYTES: '1GiB',
  MAX_RESPONSE_BYTES: '1KiB',
  MAX_DEPTH: '1e3',
  REQUEST_TIMEOUT: '10ms',
  RATE_LIMIT_ADMIN: '0',
  RATE_LIMIT_READ: 'off',
  CORS_ORIGINS: 'https://console.example.com/path',
  TRUST_PROXY: 'yes',
  TLS_CERT: '/nowhere/certificate.pem',
  TLS_KEY: hidden,
  ADMIN_TLS_CA: '/nowhere/authority.pem',
  REQUIRE_HTTPS: 'yes',
  MAX_CONNECTIONS: '1',
  MAX_CONNECTIONS_PER_ADDRESS: '0',
  LOG_LEVEL: 'verbose',
  READ_WORKERS: '65',
  RAFT_LISTEN: '7400',
  RAFT_ADVERTISE: '10.0.0.1:0',
  API_ADVERTISE: '10.0.0.1:8080',
  CLUSTER_PEERS: 'node-1,node-2',
  CLUSTER_JOIN: 'srv:',
  CLUSTER_ROLE: 'witness',
  CLUSTER_SECRET: hidden,
  RAFT_TLS_CERT: '/nowhere/certificate.pem',
  RAFT_TLS_KEY: hidden,
  RAFT_TLS_CA: '/nowhere/authority.pem',
  HEARTBEAT_MS: '100ms',
  ELECTION_MS: '1s',
  REDIS_URL: `http://user:${hidden}@redis.example.com`,
  REDIS_TLS_CA: '/nowhere/authority.pem',
  REDIS_MIRROR: 'yes',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
  OTEL_EXPORTER_OTLP_HEADERS: hidden,
  OTEL_TRACES_EXPORTER: 'zipkin',
  OTEL_TRACES_SAMPLER: 'sometimes',
  OTEL_TRACES_SAMPLER_ARG: '2',
  OTEL_METRICS_EXPORTER: 'prometheus',
  OTEL_METRIC_EXPORT_INTERVAL: '99',
  OTEL_SERVICE_NAME: 'größer',
};

interface Refusal {
  readonly what: string;
  readonly variables: () => Readonly<Record<string, string>>;
  /** What the one line must hold, besides being one. */
  readonly says: () => readonly string[];
}

const directory = temporaryDirectory();
const path = (name: string): string => join(directory.path, name);
const inUse: Server = createServer();

function wrongValue({ name, takes, secret }: Setting<unknown>): Refusal {
  const value = wrongValues[name] ?? '';
  // The long one is told by its length: it could be anything.
  const plain = value.length > 200 ? `a text of ${value.length} characters` : JSON.stringify(value);
  const got = secret ? 'a secret of another form' : plain;
  return { what: name, variables: () => ({ [name]: value }), says: () => [`${name}: got ${got}; it takes ${takes}`] };
}

/** What only the machine knows to be wrong, and values out of files. */
const circumstances: readonly Refusal[] = [
  {
    what: 'DATA_DIR in a directory that takes no entries',
    variables: () => ({ DATA_DIR: '/proc/nope' }),
    says: () => ['DATA_DIR: got "/proc/nope" (E', 'it takes a directory that this user can make and write to'],
  },
  {
    what: 'DATA_DIR that is a file',
    variables: () => ({ DATA_DIR: path('file') }),
    says: () => [`DATA_DIR: got "${path('file')}" (ENOTDIR`, 'it takes a directory'],
  },
  {
    what: 'HOST of another machine',
    variables: () => ({ HOST: '192.0.2.1' }),
    says: () => ['HOST: got "192.0.2.1"; it takes an address of this machine'],
  },
  {
    what: 'HOST that nobody knows',
    variables: () => ({ HOST: 'nobody.invalid' }),
    says: () => ['HOST: got "nobody.invalid"; it takes an address of this machine'],
  },
  {
    what: 'requests smaller than what they may hold',
    variables: () => ({ MAX_CONTENT_BYTES: '4MiB' }),
    says: () => ['MAX_REQUEST_BYTES: got 2097152 bytes; it takes more than MAX_CONTENT_BYTES (4194304 bytes)'],
  },
  {
    what: 'peers without a secret',
    variables: () => ({ CLUSTER_PEERS: 'node-1=10.0.0.1:7400' }),
    says: () => ['CLUSTER_SECRET: got no value beside CLUSTER_PEERS; it takes a secret of at least 16 characters'],
  },
  {
    what: 'two variables that exclude each other',
    variables: () => ({ CLUSTER_PEERS: 'node-1=127.0.0.1:7400', CLUSTER_JOIN: '127.0.0.1:7401' }),
    says: () => ['CLUSTER_JOIN: got a value beside CLUSTER_PEERS; it takes one of the two'],
  },
  {
    what: 'a learner that joins nothing',
    variables: () => ({ CLUSTER_ROLE: 'learner' }),
    says: () => ['CLUSTER_ROLE: got "learner" without CLUSTER_JOIN; it takes learner only where a cluster is joined'],
  },
  {
    what: 'two variables that do not fit',
    variables: () => ({ HEARTBEAT_MS: '1000', ELECTION_MS: '2000' }),
    says: () => ['ELECTION_MS: got "2000"; it takes at least three times HEARTBEAT_MS'],
  },
  {
    what: 'a wrong value out of a file',
    variables: () => ({ MAX_DEPTH_FILE: path('deep') }),
    says: () => ['MAX_DEPTH: got "deep"; it takes a whole number from 1 to 1000'],
  },
  {
    what: 'a wrong secret out of a file',
    variables: () => ({ JWT_SECRETS_FILE: path('secret') }),
    says: () => ['JWT_SECRETS: got a secret of another form; it takes kid:secret'],
  },
  {
    what: 'a file that is not there',
    variables: () => ({ ADMIN_PASSWORD_FILE: path('missing') }),
    says: () => [`ADMIN_PASSWORD_FILE: got "${path('missing')}" (ENOENT); it takes the path of a readable file`],
  },
  {
    what: 'a value and a file',
    variables: () => ({ MAX_DEPTH: '7', MAX_DEPTH_FILE: path('deep') }),
    says: () => ['MAX_DEPTH_FILE: got a value beside MAX_DEPTH; it takes one of the two'],
  },
];

const table = [...all.map(wrongValue), ...circumstances];

describe('a node refuses to start with one line, at once,', () => {
  const ends = new Map<Refusal, RefusedBoot & { readonly ms: number }>();

  async function boot(refusal: Refusal): Promise<void> {
    const began = performance.now();
    const end = await refusedBoot(path('data'), refusal.variables());
    ends.set(refusal, { ...end, ms: performance.now() - began });
  }

  beforeAll(async () => {
    mkdirSync(directory.path, { recursive: true });
    writeFileSync(path('file'), '');
    writeFileSync(path('deep'), 'deep\n');
    writeFileSync(path('secret'), `2026:${hidden}\n`);
    // A few at a time: more would only wait for each other.
    const waiting = [...table];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await boot(next);
    };
    await Promise.all([work(), work(), work(), work()]);
    const slowest = Math.max(...[...ends.values()].map(({ ms }) => ms));
    console.log(`${table.length} refused boots, the slowest took ${Math.round(slowest)} ms`);
  }, 120_000);

  afterAll(() => directory.remove());

  it('whatever variable is wrong: every one has a row here', () => {
    expect(Object.keys(wrongValues).sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it.each(table.map((refusal) => [refusal.what, refusal] as const))('%s', (_what, refusal) => {
    const { code, stderr } = ends.get(refusal) as RefusedBoot;
    expect({ code, stderr, lines: stderr.split('\n').length }).toEqual({ code: 2, stderr, lines: 2 });
    for (const part of refusal.says()) expect(stderr).toContain(part);
    expect(stderr).not.toContain(hidden);
  });
});

describe('a node refuses a port', () => {
  afterAll(() => inUse.close());

  it('that somebody listens on, and starts no database before', async () => {
    await new Promise<void>((resolve) => inUse.listen(0, '127.0.0.1', resolve));
    const { port } = inUse.address() as AddressInfo;
    const dataDir = path('no-port');
    const { code, stderr } = await refusedBoot(dataDir, { PORT: String(port) });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `PORT: got "${port}"; it takes a port of 127.0.0.1 that nobody listens on\n`,
    });
  }, 60_000);
});
