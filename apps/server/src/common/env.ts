import { databaseUrlTakes, parseDatabaseUrl } from './database-url';
import { clusterSettings, nodeIdPattern, requireConsistent } from './cluster-settings';
import { loginSettings } from './login-settings';
import type { Setting } from './setting';
import { readSetting, WrongSetting } from './setting';
import type { ValuesOf } from './setting-kinds';
import { duration, optional, required, size, text, whole } from './setting-kinds';
import { redisSettings, requireRedis } from './redis-settings';
import { telemetrySettings } from './telemetry-settings';
import { requireWholeHttps, tlsSettings } from './tls/tls-settings';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export type { JwtSecret } from './login-settings';

function parseOrigins(value: string): readonly string[] | undefined {
  const origins = value.split(',').map((origin) => origin.trim());
  // Origins are compared as they are: a star within one would match nothing.
  const isOrigin = (origin: string): boolean =>
    !origin.includes('*') && URL.canParse(origin) && new URL(origin).origin === origin;
  return origins.every((origin) => origin === '*' || isOrigin(origin)) ? origins : undefined;
}

/** Every variable that the node reads; the configuration reference is generated from this table. */
export const settings = {
  port: required({
    name: 'PORT',
    fallback: '8080',
    ...whole(0, 65_535),
    meaning: 'Port of the HTTP API; 0 takes a free one.',
  }),
  host: required({
    name: 'HOST',
    fallback: '127.0.0.1',
    ...text('an address or a host name', /^[A-Za-z0-9.:_-]{1,255}$/),
    meaning: 'Address the HTTP API listens on.',
  }),
  dataDir: required({
    name: 'DATA_DIR',
    fallback: './data',
    ...text('a path', /^[^\0]{1,4096}$/),
    meaning: 'Log, embedded database and generated secrets (mode 0600).',
  }),
  databaseUrl: optional({
    name: 'DATABASE_URL',
    takes: databaseUrlTakes,
    parse: parseDatabaseUrl,
    secret: true,
    meaning: "This node's own PostgreSQL database; without it an embedded PostgreSQL runs in DATA_DIR.",
  }),
  databasePoolMax: required({
    name: 'DATABASE_POOL_MAX',
    fallback: '10',
    ...whole(2, 1000),
    meaning: 'Largest number of connections to PostgreSQL.',
  }),
  databaseConnectTimeoutMs: required({
    name: 'DATABASE_CONNECT_TIMEOUT',
    fallback: '5s',
    ...duration(100, 600_000, 'from 100ms to 10m'),
    meaning: 'How long one attempt to connect to PostgreSQL may take.',
  }),
  databaseStatementTimeoutMs: required({
    name: 'DATABASE_STATEMENT_TIMEOUT',
    fallback: '30s',
    ...duration(100, 3_600_000, 'from 100ms to 1h'),
    meaning: 'How long one statement may take.',
  }),
  nodeId: required({
    name: 'NODE_ID',
    fallback: 'node-1',
    ...text('1 to 63 letters, digits, dots, dashes and underscores', nodeIdPattern),
    meaning: 'Stable identity of this node, never reused.',
  }),
  ...loginSettings,
  maxContentBytes: required({
    name: 'MAX_CONTENT_BYTES',
    fallback: '1MiB',
    ...size(1024, 64 * 1024 ** 2, 'from 1KiB to 64MiB'),
    meaning: "Largest canonical text of a config's content.",
  }),
  maxSchemaBytes: required({
    name: 'MAX_SCHEMA_BYTES',
    fallback: '1MiB',
    ...size(1024, 64 * 1024 ** 2, 'from 1KiB to 64MiB'),
    meaning: 'Largest canonical text of a schema.',
  }),
  maxRequestBytes: required({
    name: 'MAX_REQUEST_BYTES',
    fallback: '2MiB',
    ...size(1024, 128 * 1024 ** 2, 'from 1KiB to 128MiB'),
    meaning: 'Largest request body.',
  }),
  maxResponseBytes: required({
    name: 'MAX_RESPONSE_BYTES',
    fallback: '8MiB',
    ...size(64 * 1024, 1024 ** 3, 'from 64KiB to 1GiB'),
    meaning: 'A list page that would be larger stops early and gives a cursor.',
  }),
  maxDepth: required({
    name: 'MAX_DEPTH',
    fallback: '100',
    ...whole(1, 1000),
    meaning: 'Most levels of arrays and objects in a content.',
  }),
  requestTimeoutMs: required({
    name: 'REQUEST_TIMEOUT',
    fallback: '10s',
    ...duration(100, 600_000, 'from 100ms to 10m'),
    meaning: 'A read that takes longer is 503 timeout; a proposed write is 504 outcome-unknown.',
  }),
  maxConnections: required({
    name: 'MAX_CONNECTIONS',
    fallback: '20000',
    ...whole(10, 1_000_000),
    meaning:
      'Most connections to the HTTP API at a time; a further one is closed at once. Each of READ_WORKERS takes its share; streams of changes count apart.',
  }),
  maxConnectionsPerAddress: optional({
    name: 'MAX_CONNECTIONS_PER_ADDRESS',
    ...whole(1, 1_000_000),
    meaning: 'Most of them from one address; behind a proxy all have its address. Unbounded without a value.',
  }),
  rateLimitAdmin: optional({
    name: 'RATE_LIMIT_ADMIN',
    ...whole(1, 10_000_000),
    meaning: 'Requests a minute for each user; off without a value.',
  }),
  rateLimitRead: optional({
    name: 'RATE_LIMIT_READ',
    ...whole(1, 100_000_000),
    meaning: 'Requests a minute for each API key; off without a value.',
  }),
  readWorkers: required({
    name: 'READ_WORKERS',
    fallback: '0',
    ...whole(0, 64),
    meaning:
      'Processes beside the node that answer plain reads of one config from their own memory, one for each core to use; with RATE_LIMIT_READ they pass all on.',
  }),
  corsOrigins: optional({
    name: 'CORS_ORIGINS',
    takes: 'a comma list of origins such as https://console.example.com, or *',
    parse: parseOrigins,
    meaning: 'Origins that browsers may call the API from; none without a value.',
  }),
  logLevel: required({
    name: 'LOG_LEVEL',
    fallback: 'info',
    takes: logLevels.join(', '),
    parse: (value): LogLevel | undefined => logLevels.find((level) => level === value),
    meaning: 'Least level that is logged.',
  }),
  ...redisSettings,
  ...telemetrySettings,
  ...tlsSettings,
  ...clusterSettings,
} as const;

export type Environment = ValuesOf<typeof settings>;

/** Injection token of the frozen environment. */
export const ENVIRONMENT = Symbol('environment');

/** Parses all variables once. Throws WrongSetting, whose message is the one line an operator needs. */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const entries = Object.entries(settings).map(([name, setting]) => [
    name,
    readSetting(setting as Setting<unknown>, variables),
  ]);
  const environment = Object.fromEntries(entries) as unknown as Environment;
  requireConsistent(environment);
  requireRedis(environment);
  requireWholeHttps(environment);
  requireRoom(environment);
  return Object.freeze(environment);
}

/** A content or schema of the allowed size must fit in a request. */
function requireRoom({ maxContentBytes, maxSchemaBytes, maxRequestBytes }: Environment): void {
  for (const [name, bytes] of [
    ['MAX_CONTENT_BYTES', maxContentBytes],
    ['MAX_SCHEMA_BYTES', maxSchemaBytes],
  ] as const)
    if (maxRequestBytes <= bytes)
      throw new WrongSetting('MAX_REQUEST_BYTES', `${maxRequestBytes} bytes`, `more than ${name} (${bytes} bytes)`);
}
