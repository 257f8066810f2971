import { WrongSetting } from './setting';
import type { ValuesOf } from './setting-kinds';
import { optional, required, whole } from './setting-kinds';
import { requireUsable } from './tls/tls-settings';
import { pem } from './tls/pem';

export const nodeIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** `host:port`, an IPv6 address in brackets. */
export const addressPattern = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255}):(?:[1-9]\d{0,4})$/;
const listenPattern = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255}):\d{1,5}$/;
const hasPort = (address: string): boolean => Number(address.slice(address.lastIndexOf(':') + 1)) <= 65_535;

export const isAddress = (value: string): boolean => addressPattern.test(value) && hasPort(value);

function parsePeers(value: string): ReadonlyMap<string, string> | undefined {
  const pairs = value.split(',').map((part) => {
    const [nodeId = '', address = '', ...rest] = part.trim().split('=');
    return { nodeId, address, isSound: rest.length === 0 && nodeIdPattern.test(nodeId) && isAddress(address) };
  });
  const peers = new Map(pairs.map(({ nodeId, address }) => [nodeId, address]));
  const isSound = pairs.every((pair) => pair.isSound) && new Set(peers.values()).size === pairs.length;
  return isSound && peers.size === pairs.length ? peers : undefined;
}

function parseJoin(value: string): string | undefined {
  if (/^srv:[A-Za-z0-9._-]{1,253}$/.test(value)) return value;
  const addresses = value.split(',').map((address) => address.trim());
  return addresses.every(isAddress) ? addresses.join(',') : undefined;
}

function parseSecrets(value: string): readonly string[] | undefined {
  const secrets = value.split(',').map((secret) => secret.trim());
  return secrets.every((secret) => secret.length >= 16) && new Set(secrets).size === secrets.length
    ? secrets
    : undefined;
}

/** A URL as a base: without query, without a slash at the end. */
function parseUrl(value: string): string | undefined {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return undefined;
  const { href, search, hash, username, password } = new URL(value);
  return `${search}${hash}${username}${password}` === '' ? href.replace(/\/$/, '') : undefined;
}

const roles = ['voter', 'learner'] as const;
export type ClusterRole = (typeof roles)[number];

/** How a node takes part in a cluster. */
export const clusterSettings = {
  raftListen: required({
    name: 'RAFT_LISTEN',
    fallback: '127.0.0.1:7400',
    takes: 'host:port',
    parse: (value) => (listenPattern.test(value) && hasPort(value) ? value : undefined),
    meaning: 'Address this node listens on for its peers. Without CLUSTER_SECRET it does not listen.',
  }),
  raftAdvertise: optional({
    name: 'RAFT_ADVERTISE',
    takes: 'host:port',
    parse: (value) => (isAddress(value) ? value : undefined),
    meaning:
      'Where its peers reach it; by default its own entry in CLUSTER_PEERS, or as RAFT_LISTEN. A name is resolved again for each connection.',
  }),
  apiAdvertise: optional({
    name: 'API_ADVERTISE',
    takes: 'a URL such as http://10.0.0.1:8080, without a query',
    parse: parseUrl,
    meaning: "Where clients and peers reach this node's API; by default http://HOST:PORT, https with TLS_CERT.",
  }),
  clusterPeers: optional({
    name: 'CLUSTER_PEERS',
    takes: 'node-1=host:7400,node-2=host:7400 with each node id and each address once',
    parse: parsePeers,
    meaning: 'All first members, this node among them: with an empty DATA_DIR they form the cluster, once.',
  }),
  clusterJoin: optional({
    name: 'CLUSTER_JOIN',
    takes: 'host:7400,host:7400 or srv:_raft._tcp.name',
    parse: parseJoin,
    meaning: 'Members of the cluster that a node with an empty DATA_DIR joins.',
  }),
  clusterRole: required({
    name: 'CLUSTER_ROLE',
    fallback: 'voter',
    takes: roles.join(' or '),
    parse: (value): ClusterRole | undefined => roles.find((role) => role === value),
    meaning:
      'What a node that joins is to be. A learner serves reads and watches, has no vote and stays so until an administrator promotes it. Looked at only when it joins.',
  }),
  clusterSecrets: optional({
    name: 'CLUSTER_SECRET',
    takes: 'a secret of at least 16 characters, or several with commas between them',
    parse: parseSecrets,
    secret: true,
    meaning:
      'What members prove to each other; needed with CLUSTER_PEERS and CLUSTER_JOIN. The first is used to dial, all are accepted.',
  }),
  raftTlsCert: optional({
    name: 'RAFT_TLS_CERT',
    ...pem('a certificate'),
    meaning: 'Certificate for mutual TLS between the members; with RAFT_TLS_KEY and RAFT_TLS_CA.',
  }),
  raftTlsKey: optional({
    name: 'RAFT_TLS_KEY',
    ...pem('the private key of RAFT_TLS_CERT'),
    secret: true,
    meaning: 'Its private key.',
  }),
  raftTlsCa: optional({
    name: 'RAFT_TLS_CA',
    ...pem('one or more certificates'),
    meaning: "The authorities that the members' certificates are checked against.",
  }),
  heartbeatMs: required({
    name: 'HEARTBEAT_MS',
    fallback: '100',
    ...whole(10, 10_000),
    meaning: 'How often a leader is heard of; the same on all members.',
  }),
  electionMs: required({
    name: 'ELECTION_MS',
    fallback: '1000',
    ...whole(50, 60_000),
    meaning: 'A leader not heard of for so long is replaced; at least three heartbeats, the same on all members.',
  }),
} as const;

export type ClusterEnvironment = ValuesOf<typeof clusterSettings>;

/** What one variable cannot see: those that need or exclude each other. */
export function requireConsistent(environment: ClusterEnvironment & { readonly nodeId: string }): void {
  const { nodeId, clusterPeers, clusterJoin, clusterRole, clusterSecrets, heartbeatMs, electionMs } = environment;
  const entry = clusterPeers ? 'CLUSTER_PEERS' : clusterJoin !== null ? 'CLUSTER_JOIN' : undefined;
  if (clusterPeers && clusterJoin !== null)
    throw new WrongSetting(
      'CLUSTER_JOIN',
      'a value beside CLUSTER_PEERS',
      'one of the two: form a cluster, or join one',
    );
  if (clusterPeers && !clusterPeers.has(nodeId))
    throw new WrongSetting(
      'CLUSTER_PEERS',
      JSON.stringify([...clusterPeers.keys()].join(',')),
      `all first members, and this node (NODE_ID) is ${nodeId}`,
    );
  if (clusterRole === 'learner' && clusterJoin === null)
    throw new WrongSetting('CLUSTER_ROLE', '"learner" without CLUSTER_JOIN', 'learner only where a cluster is joined');
  if (entry !== undefined && clusterSecrets === null)
    throw new WrongSetting('CLUSTER_SECRET', `no value beside ${entry}`, clusterSettings.clusterSecrets.takes);
  if (electionMs < 3 * heartbeatMs)
    throw new WrongSetting('ELECTION_MS', `"${electionMs}"`, `at least three times HEARTBEAT_MS (${heartbeatMs})`);
  requireReachable(environment);
  requireWholeTls(environment);
}

/** Where the peers reach this node. */
export function ownRaftAddress({
  nodeId,
  raftAdvertise,
  raftListen,
  clusterPeers,
}: Pick<ClusterEnvironment, 'raftAdvertise' | 'raftListen' | 'clusterPeers'> & { readonly nodeId: string }): string {
  return raftAdvertise ?? clusterPeers?.get(nodeId) ?? raftListen;
}

function requireReachable(environment: ClusterEnvironment & { readonly nodeId: string }): void {
  if (environment.clusterSecrets === null) return;
  const address = ownRaftAddress(environment);
  const isAnyAddress = /^(0\.0\.0\.0|\[::\]):/.test(address);
  if (isAnyAddress || !isAddress(address))
    throw new WrongSetting(
      'RAFT_ADVERTISE',
      JSON.stringify(address),
      'host:port at which the other members reach this node',
    );
}

function requireWholeTls({ raftTlsCert: cert, raftTlsKey: key, raftTlsCa: ca }: ClusterEnvironment): void {
  const parts = { RAFT_TLS_CERT: cert, RAFT_TLS_KEY: key, RAFT_TLS_CA: ca };
  const missing = Object.keys(parts).filter((name) => parts[name as keyof typeof parts] === null);
  if (missing.length === 3) return;
  if (missing.length > 0 || cert === null || key === null || ca === null)
    throw new WrongSetting(missing.join(' and '), 'no value beside the others', 'all three of RAFT_TLS_*, or none');
  requireUsable('RAFT_TLS_CERT', { cert, key, ca }, 'a certificate with its RAFT_TLS_KEY and RAFT_TLS_CA');
}
