import { settings } from './env';
import type { Setting } from './setting';

const introduction = `# Configuration

Generated from the table of variables in the code by \`npm run docs:configuration\`; a test fails when it drifts.

A node is configured by its environment alone. Every variable has a default or may be left out, so \`npm start\` needs none.
Each can also be given as \`NAME_FILE\`, the path of a file that holds the value (for secrets that an orchestrator mounts);
giving both is refused. An empty variable counts as left out. A wrong value refuses the start with one line that names the
variable, what it got (never a secret) and what it takes.
[.env.example](../.env.example) lists all of them for copying.
`;

type Name = keyof typeof settings;

const sections: Readonly<Record<string, readonly Name[]>> = {
  'The node': ['port', 'host', 'dataDir', 'nodeId', 'logLevel', 'readWorkers'],
  PostgreSQL: ['databaseUrl', 'databasePoolMax', 'databaseConnectTimeoutMs', 'databaseStatementTimeoutMs'],
  'Logging in': [
    'adminEmail',
    'adminPassword',
    'passwordPeppers',
    'jwtSecrets',
    'accessTokenTtlMs',
    'refreshTokenTtlMs',
    'authRules',
    'securityNoticesUrl',
  ],
  Limits: [
    'maxContentBytes',
    'maxSchemaBytes',
    'maxRequestBytes',
    'maxResponseBytes',
    'maxDepth',
    'requestTimeoutMs',
    'maxConnections',
    'maxConnectionsPerAddress',
    'rateLimitAdmin',
    'rateLimitRead',
  ],
  'The cluster': [
    'clusterPeers',
    'clusterJoin',
    'clusterRole',
    'clusterSecrets',
    'raftListen',
    'raftAdvertise',
    'apiAdvertise',
    'raftTlsCert',
    'raftTlsKey',
    'raftTlsCa',
    'heartbeatMs',
    'electionMs',
  ],
  Redis: ['redisUrl', 'redisTlsCa', 'redisMirror'],
  'HTTPS, browsers and proxies': ['tlsCert', 'tlsKey', 'adminTlsCa', 'requireHttps', 'trustProxy', 'corsOrigins'],
  Telemetry: [
    'otlpEndpoint',
    'otlpHeaders',
    'tracesExporter',
    'tracesSampler',
    'tracesSamplerArg',
    'metricsExporter',
    'metricExportIntervalMs',
    'serviceName',
  ],
};

/** The reference of all variables as Markdown. */
export function configurationDocument(): string {
  const shown = Object.entries(sections).map(([title, names]) => section(title, names));
  return [introduction, ...shown].join('\n');
}

function section(title: string, names: readonly Name[]): string {
  const rows = names.map((name): readonly string[] => {
    const { name: variable, fallback, takes, meaning }: Setting<unknown> = settings[name];
    return [`\`${variable}\``, fallback === null ? '' : `\`${fallback}\``, takes, meaning].map(escapeBars);
  });
  return `## ${title}\n\n${table(['Variable', 'Default', 'Takes', 'Meaning'], rows)}\n`;
}

const escapeBars = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
