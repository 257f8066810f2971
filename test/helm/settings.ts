import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import type { Container, KubernetesObject } from './chart';
import { the } from './chart';

export const clusterDomain = 'config-guardian-peers.config.svc.cluster.local';

const api = anAuthority('clients').issue('*.config-guardian-peers.config.svc');

export const configOf = (objects: readonly KubernetesObject[]) =>
  the(
    objects.filter(({ metadata }) => !metadata.name.endsWith('-dashboards')),
    'ConfigMap',
  ).data;

/** What a pod of that name is told in its environment, with what lies in Secrets made up. */
export function givenTo({ env }: Container, nodeId: string): Readonly<Record<string, string>> {
  const isGiven = (name: string) => env.some((variable) => variable.name === name);
  const told = env.flatMap(({ name, value }) =>
    value === undefined || /^(RAFT_)?TLS_|_FILE$/.test(name)
      ? []
      : [[name, value.replaceAll('$(NODE_ID)', nodeId).replaceAll('$(POSTGRES_PASSWORD)', 'password')]],
  );
  return {
    ...(Object.fromEntries(told) as Record<string, string>),
    ...(isGiven('REDIS_URL') && { REDIS_URL: 'redis://redis:6379/0' }),
    ...(isGiven('TLS_CERT') && { TLS_CERT: api.cert, TLS_KEY: api.key }),
    ...{ HOST: '0.0.0.0', RAFT_LISTEN: '0.0.0.0:7400', NODE_ID: nodeId },
    CLUSTER_SECRET: 'a secret of more than sixteen characters',
  };
}
