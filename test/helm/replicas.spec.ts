import { parseEnvironment } from '../../apps/server/src/common/env';
import { objectsOf, podsOf, sets, the, valuesOf } from './chart';
import { clusterDomain, configOf, givenTo } from './settings';

const withReplicas = sets.filter((set) => podsOf(objectsOf(set), 'replica'));

it('stand in more than one set of values, and only where they are asked for', () => {
  const asked = sets.filter((set) => (valuesOf(set) as { replicas?: { enabled?: boolean } }).replicas?.enabled);
  expect(withReplicas).toEqual(asked);
  expect(asked.length).toBeGreaterThan(1);
});

describe.each(withReplicas)('the read replicas of the values %s', (set) => {
  const objects = objectsOf(set);
  const members = podsOf(objects, 'member')!;
  const replicas = podsOf(objects, 'replica')!;
  const [member, replica] = [members, replicas].map(({ spec }) => spec.template.spec.containers[0]!);

  it('are started with settings that a node takes: each joins as a learner, under a name that no member has', () => {
    for (const nodeId of ['config-guardian-replica-0', 'config-guardian-replica-11']) {
      const given = givenTo(replica!, nodeId);
      const { clusterRole, clusterJoin, clusterPeers, raftAdvertise } = parseEnvironment({
        ...configOf(objects),
        ...given,
      });
      expect({ clusterRole, clusterPeers, raftAdvertise }).toEqual({
        clusterRole: 'learner',
        clusterPeers: null,
        raftAdvertise: `${nodeId}.${clusterDomain}:7400`,
      });
      expect(clusterJoin?.split(',')).toEqual([0, 1, 2].map((n) => `config-guardian-${n}.${clusterDomain}:7400`));
    }
    // The image starts the node by itself: there is nothing to tell apart.
    expect(replica).not.toHaveProperty('command');
  });

  it('are as many as the autoscaler says, which measures the CPU of the node', () => {
    expect(replicas.spec.replicas).toBeUndefined();
    const { spec } = the(objects, 'HorizontalPodAutoscaler') as unknown as {
      spec: {
        scaleTargetRef: object;
        metrics: readonly { containerResource: { container: string; name: string } }[];
        minReplicas: number;
        maxReplicas: number;
      };
    };
    expect(spec.scaleTargetRef).toEqual({
      apiVersion: replicas.apiVersion,
      kind: replicas.kind,
      name: replicas.metadata.name,
    });
    expect(spec.maxReplicas).toBeGreaterThanOrEqual(spec.minReplicas);
    const [{ containerResource: measured }] = spec.metrics as [(typeof spec.metrics)[number]];
    expect(measured).toMatchObject({ container: replica!.name, name: 'cpu' });
    // A share of what is requested: without a request there is nothing to measure against.
    expect(replica!.resources.requests?.['cpu']).toBeDefined();
  });

  it('keep their disks when they are scaled away, because a node id belongs to one disk', () => {
    expect(replicas.spec).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Retain' },
    });
    expect(replicas.spec.volumeClaimTemplates).toEqual(members.spec.volumeClaimTemplates);
  });

  it('are as members are, but for what they are told of the cluster', () => {
    const shape = (spec: typeof members.spec) => {
      const {
        containers,
        affinity: _,
        ...pod
      } = spec.template.spec as typeof spec.template.spec & { affinity: object };
      const {
        args: _args,
        resources: _resources,
        env,
        command: _command,
        ...container
      } = containers[0]! as (typeof containers)[number] & { command: unknown };
      return { ...pod, container, env: env.filter(({ name }) => !['CLUSTER_JOIN', 'CLUSTER_ROLE'].includes(name)) };
    };
    expect(shape(replicas.spec)).toEqual(shape(members.spec));
    expect(member!.env.map(({ name }) => name)).not.toContain('CLUSTER_ROLE');
  });

  it('are scraped with a label that keeps them out of the counts of members', () => {
    const { spec } = the(objects, 'ServiceMonitor') as unknown as {
      spec: { endpoints: readonly { relabelings: readonly object[] }[] };
    };
    expect(spec.endpoints[0]?.relabelings).toEqual([
      { sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'], targetLabel: 'component' },
    ]);
    expect(replicas.spec.template.metadata.labels['app.kubernetes.io/component']).toBe('replica');
  });
});
