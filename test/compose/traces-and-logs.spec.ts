import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { TraceIds } from '../../apps/server/src/common/tracing';
import { compose, fileOf, interpolated, nodes, root } from './compose';

interface DataSource {
  readonly uid: string;
  readonly url: string;
  readonly jsonData: {
    readonly tracesToLogsV2?: { readonly datasourceUid: string; readonly query: string };
    readonly derivedFields?: readonly { readonly matcherRegex: string; readonly datasourceUid: string }[];
  };
}
const sources = ['prometheus', 'traces-and-logs'].flatMap(
  (name) => (fileOf(`deploy/grafana/datasources/${name}.yml`) as { datasources: readonly DataSource[] }).datasources,
);
const source = (uid: string): DataSource => {
  const found = sources.find((each) => each.uid === uid);
  if (!found) throw new Error(`there is no data source ${uid}`);
  return found;
};
const alloy = readFileSync(join(root, 'deploy', 'config.alloy'), 'utf8');
const secret = 's'.repeat(48);
const secrets = { CLUSTER_SECRET: secret, ADMIN_PASSWORD: secret, POSTGRES_PASSWORD: secret, REDIS_PASSWORD: secret };

it.each(sources)('Grafana reaches $uid, which is a service of the same network', ({ url }) => {
  const service = compose.services[new URL(url).hostname];
  const { networks } = compose.services['grafana']!;
  expect(service?.networks?.some((network) => networks?.includes(network))).toBe(true);
});

it.each(nodes)('%s sends its traces to Jaeger, and no more of them than asked', (_, service) => {
  const given = Object.entries(service.environment ?? {}).map(([key, value]) => [key, interpolated(value, secrets)]);
  const environment = parseEnvironment(Object.fromEntries(given) as Record<string, string>);
  expect(environment).toMatchObject({ tracesSampler: 'parentbased_traceidratio', tracesSamplerArg: 0.1 });
  const { hostname, port } = new URL(environment.otlpEndpoint!);
  expect([hostname, port]).toEqual(['jaeger', '4318']);
  expect(compose.services['jaeger']?.networks?.some((network) => service.networks?.includes(network))).toBe(true);
});

it('a line of a node leads to its trace, and a trace to its lines', () => {
  const ids: TraceIds = { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7' };
  const line = JSON.stringify({ level: 30, time: 1, pid: 1, hostname: 'node-1', ...ids, msg: 'request' });
  const { derivedFields: [field] = [] } = source('loki').jsonData;
  expect(new RegExp(field!.matcherRegex).exec(line)?.[1]).toBe(ids.trace_id);
  expect(source(field!.datasourceUid).uid).toBe('jaeger');
  const { tracesToLogsV2: back } = source('jaeger').jsonData;
  expect(source(back!.datasourceUid).uid).toBe('loki');
  const [, label = '', pattern = '', metadata = ''] = /^\{(\w+)=~"([^"]+)"\} \| (\w+) = /.exec(back!.query) ?? [];
  for (const [name] of nodes) expect(name).toMatch(new RegExp(`^(?:${pattern})$`));
  // What the query asks for is what the collector sets.
  expect(alloy).toMatch(new RegExp(`stage\\.labels \\{\\s+values = \\{"${label}" = `));
  expect(alloy).toMatch(new RegExp(`stage\\.structured_metadata \\{\\s+values = \\{"${metadata}" = `));
  expect(ids).toHaveProperty(metadata);
});

it('the collector reads what Docker writes of the nodes, pushes to Loki, and refers to nothing that is not there', () => {
  for (const [, service] of nodes)
    expect(service.logging).toMatchObject({ driver: 'json-file', options: { labels: 'com.docker.compose.service' } });
  expect(alloy).toContain('"service" = "\\"com.docker.compose.service\\""');
  const [, path = ''] = /"__path__" = "([^"*]+)\//.exec(alloy) ?? [];
  expect(compose.services['alloy']?.volumes).toContain(`${path}:${path}:ro`);
  const [, push = ''] = /url = "([^"]+)"/.exec(alloy) ?? [];
  const { server } = fileOf('deploy/loki.yml') as { server: { http_listen_port: number } };
  expect(new URL(push)).toMatchObject({ hostname: 'loki', port: String(server.http_listen_port) });
  const components = [...alloy.matchAll(/^([a-z_.]+) "(\w+)" \{$/gm)].map(([, type, label]) => `${type}.${label}`);
  const references = [...alloy.matchAll(/([a-z_.]+\.\w+)\.(?:receiver|targets)\b/g)].map(([, name]) => name);
  expect(references.length).toBeGreaterThan(2);
  for (const name of references) expect(components).toContain(name);
  expect(alloy.match(/\{/g)?.length).toBe(alloy.match(/\}/g)?.length);
});

describe('the profile dev', () => {
  const { dev } = compose.services as { readonly dev: (typeof compose.services)[string] };

  it('is one node with a database of its own, which nobody starts who does not ask for it', () => {
    const profiled = Object.entries(compose.services).filter(([, { profiles = [] }]) => profiles.includes('dev'));
    expect(profiled.map(([name]) => name)).toEqual(['dev', 'postgres-dev']);
    const given = Object.entries(dev.environment ?? {}).map(([key, value]) => [key, interpolated(value, secrets)]);
    const { clusterPeers, databaseUrl } = parseEnvironment(Object.fromEntries(given) as Record<string, string>);
    expect(clusterPeers).toBeNull();
    expect(JSON.stringify(databaseUrl)).toContain('postgres-dev');
  });

  it('watches the sources that the build compiles, in the stage of the Dockerfile that has the compiler', () => {
    const { scripts } = fileOf('package.json') as { scripts: Record<string, string> };
    expect(dev.command?.slice(0, 2)).toEqual(['npm', 'run']);
    expect(scripts[dev.command![2]!]).toMatch(/--watch/);
    const { compilerOptions } = fileOf('nest-cli.json') as {
      compilerOptions: { builder: { options: { filenames: readonly string[] } } };
    };
    const mounted = dev.volumes!.map((volume) => volume.split(':')[0]!.replace('./', ''));
    for (const folder of compilerOptions.builder.options.filenames) expect(mounted).toContain(folder.split('/')[0]);
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    expect(dockerfile).toMatch(new RegExp(`^FROM \\S+ AS ${dev.build?.target}$`, 'm'));
  });
});
