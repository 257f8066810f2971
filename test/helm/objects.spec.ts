import Ajv from 'ajv';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { KubernetesObject, StatefulSetSpec } from './chart';
import { chart, objectsOf, podsOf, sets, the, valuesOf } from './chart';
import { packageOf, unknownFields } from './exact-types';
import { clusterDomain, configOf, givenTo } from './settings';

type Model = new (object: unknown) => { validate(): void };

/** The model of a kind, which knows the OpenAPI schema of Kubernetes or of the Prometheus operator. */
function modelOf(object: KubernetesObject): Model {
  const Kind = (createRequire(__filename)(packageOf(object)) as Record<string, Model>)[object.kind];
  if (!Kind) throw new Error(`there is no ${object.kind} in ${object.apiVersion}`);
  return Kind;
}
const validated = (object: KubernetesObject) => new (modelOf(object))(object).validate();

const takesValues = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as object,
);

describe.each(sets)('the values %s', (set) => {
  const objects = objectsOf(set);
  const { spec } = podsOf(objects, 'member')!;
  const [container] = spec.template.spec.containers;
  const specs = objects.filter(({ kind }) => kind === 'StatefulSet').map((each) => each.spec as StatefulSetSpec);

  it('keep to values.schema.json', () => {
    takesValues(valuesOf(set));
    expect(takesValues.errors ?? []).toEqual([]);
  });

  it.each(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    'give a valid %s',
    (_, object) => {
      expect(() => validated(object)).not.toThrow();
    },
  );

  it('give no two objects of one kind and name', () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(specs)('give containers that mount only what there is, are not root and write to volumes alone', (each) => {
    const pod = each.template.spec;
    const volumes = [
      ...pod.volumes.map(({ name }) => name),
      ...each.volumeClaimTemplates.map(({ metadata }) => metadata.name),
    ];
    for (const { volumeMounts, securityContext } of [...(pod.initContainers ?? []), ...pod.containers]) {
      expect(volumes).toEqual(expect.arrayContaining(volumeMounts.map(({ name }) => name)));
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(pod).toMatchObject({ securityContext: { runAsNonRoot: true, runAsUser: 1000 } });
  });

  it('give services that select pods, and the one that names them all', () => {
    const services = objects.filter(({ kind }) => kind === 'Service') as (KubernetesObject & {
      spec: { selector: Record<string, string>; clusterIP?: string };
    })[];
    const labels = specs.map(({ template }) => template.metadata.labels);
    const selected = ({ spec: { selector } }: (typeof services)[number]) =>
      labels.filter((each) => Object.entries(selector).every(([name, value]) => each[name] === value)).length;
    const headless = services.filter(({ spec: { clusterIP } }) => clusterIP === 'None');
    expect(headless.map(selected)).toEqual([specs.length]);
    for (const { serviceName } of specs) expect(headless[0]?.metadata.name).toBe(serviceName);
    expect(services.map(selected).every((count) => count > 0)).toBe(true);
  });

  it('give sets and budgets that select their own pods and no others', () => {
    const own = (component: string) => ({
      'app.kubernetes.io/name': 'config-guardian',
      'app.kubernetes.io/instance': 'config-guardian',
      'app.kubernetes.io/component': component,
    });
    for (const component of ['member', 'replica'] as const) {
      const each = podsOf(objects, component)?.spec;
      if (each === undefined) continue;
      expect(each.selector.matchLabels).toEqual(own(component));
      expect(each.template.metadata.labels).toMatchObject(own(component));
    }
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    const { podDisruptionBudget: { enabled = true } = {} } = valuesOf(set) as {
      podDisruptionBudget?: { enabled?: boolean };
    };
    const budgeted = budgets.map((each) => (each.spec as StatefulSetSpec).selector.matchLabels);
    const components = [own('member'), own('replica')].slice(0, specs.length);
    expect(budgeted).toEqual(enabled ? components : []);
  });

  it('start each member with settings that a node takes: the first form the cluster, the others join it', () => {
    const { members: { initial = 3 } = {} } = valuesOf(set) as { members?: { initial?: number } };
    const config = configOf(objects);
    for (let ordinal = 0; ordinal < spec.replicas!; ordinal++) {
      const nodeId = `config-guardian-${ordinal}`;
      const said = container!.args![0]!.replace(/exec node \S+/, 'echo "$CLUSTER_PEERS;$CLUSTER_JOIN"');
      const printed = execFileSync('sh', ['-c', said], { env: { NODE_ID: nodeId }, encoding: 'utf8' }).trim();
      const [peers, join_] = printed.split(';');
      const given = givenTo(container!, nodeId);
      const environment = parseEnvironment({
        ...config,
        ...given,
        ...(peers && { CLUSTER_PEERS: peers }),
        ...(join_ && { CLUSTER_JOIN: join_ }),
      });
      expect(environment.nodeId).toBe(nodeId);
      const own = `${nodeId}.${clusterDomain}:7400`;
      expect(given).toMatchObject({ RAFT_ADVERTISE: own });
      if (ordinal < initial) expect(peers!.split(',')).toContain(`${nodeId}=${own}`);
      else expect(join_!.split(',')).toHaveLength(initial);
      expect(Boolean(peers)).toBe(ordinal < initial);
    }
  });
});

it('gives no object a field that its kind does not have', () => {
  expect(unknownFields(sets.flatMap(objectsOf))).toEqual([]);
});

it('tells a misspelt field and a wrong value, so that a valid object means something', () => {
  const set = the(objectsOf('production'), 'StatefulSet');
  const misspelt = { ...set, spec: { ...(set.spec as object), replica: 3 } };
  expect(unknownFields([misspelt]).join()).toMatch(/'"replica"' does not exist/);
  expect(() => validated({ ...set, spec: { ...(set.spec as object), replicas: 'three' } })).toThrow();
  const monitor = the(objectsOf('production'), 'ServiceMonitor');
  expect(() => validated({ ...monitor, spec: { endpoints: [{ port: 1 }] } })).toThrow();
});

it.each([
  { members: { count: 0 } },
  { config: { CLUSTER_ROLE: 'learner' } },
  { replicas: { enabled: true, min: 0 } },
  { config: { CLUSTER_SECRET: 'in the open' } },
  { database: { mode: 'shared' } },
  { replicas: 3 },
  { secret: { clusterSecret: 'short' } },
])('refuses the values %j', (values) => {
  expect(takesValues(values)).toBe(false);
});

it('takes its own defaults, and has no default secret', () => {
  const defaults = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as { secret: Record<string, string> };
  expect(takesValues(defaults)).toBe(true);
  expect(new Set(Object.values(defaults.secret))).toEqual(new Set(['']));
});

it('ships the rules and the dashboard as they are tested', () => {
  const objects = objectsOf('staging');
  for (const name of ['records', 'alerts']) {
    const rule = objects.find(({ kind, metadata }) => kind === 'PrometheusRule' && metadata.name.endsWith(name));
    expect(rule?.spec).toEqual(parse(readFileSync(join(chart, 'rules', `${name}.yaml`), 'utf8')));
  }
  const dashboards = objects.find(({ metadata }) => metadata.name.endsWith('-dashboards'));
  const shipped = JSON.parse(dashboards?.data?.['operators.json'] ?? '') as unknown;
  expect(shipped).toEqual(JSON.parse(readFileSync(join(chart, 'dashboards', 'operators.json'), 'utf8')));
  const production = objectsOf('production').filter(({ kind }) => kind === 'PrometheusRule');
  expect(JSON.stringify(production)).toContain('https://git.example.com/config-guardian/blob/main/docs/runbook.md#');
});
