import type { PeerIdentity } from '@config-guardian/raft-node';
import { ownRaftAddress } from '../../common/cluster-settings';
import type { Environment } from '../../common/env';
import { newestClusterVersion, release } from '../../common/release';

type Addressed = Pick<
  Environment,
  'nodeId' | 'raftAdvertise' | 'raftListen' | 'clusterPeers' | 'apiAdvertise' | 'host' | 'port' | 'tlsCert'
>;

/** What a node says of itself before it belongs to a cluster. */
export function identityOf(environment: Addressed): PeerIdentity {
  return {
    nodeId: environment.nodeId,
    incarnation: '',
    clusterId: null,
    raftAddress: ownRaftAddress(environment),
    apiAddress: ownApiAddress(environment),
    version: release,
    clusterVersion: newestClusterVersion,
  };
}

/** On a machine that listens everywhere, the name that its peers use is a name for its clients too. */
export function ownApiAddress(environment: Addressed): string {
  const { apiAdvertise, host, port, tlsCert } = environment;
  const scheme = tlsCert === null ? 'http' : 'https';
  if (apiAdvertise !== null) return apiAdvertise;
  if (host !== '0.0.0.0' && host !== '::') return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const address = ownRaftAddress(environment);
  return `${scheme}://${address.slice(0, address.lastIndexOf(':'))}:${port}`;
}
