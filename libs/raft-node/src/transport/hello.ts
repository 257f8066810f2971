import { Refusal } from './refusal';
import type { PeerIdentity } from './transport';

/** The versions of the protocol that a build speaks, both ends included. */
export type ProtocolRange = readonly [lowest: number, highest: number];
export const PROTOCOL: ProtocolRange = [1, 1];

/** What a connection is for: `once` carries a single request to an address whose node is not known yet. */
export type ConnectionLane = 'messages' | 'bulk' | 'once';

/** The first frame in either direction. It is proved afterwards: both proofs are over both hellos, byte by byte. */
export interface Hello {
  readonly versions: ProtocolRange;
  readonly lane: ConnectionLane;
  /** 32 random bytes, never used before. */
  readonly nonce: Buffer;
  readonly identity: PeerIdentity;
}

const NONCE_BYTES = 32;
const MAGIC = 'config-guardian-raft';
const LANES: readonly unknown[] = ['messages', 'bulk', 'once'] satisfies ConnectionLane[];

/** JSON, so that a later version may add members that an earlier one passes over. */
export function encodeHello({ versions, lane, nonce, identity }: Hello): Buffer {
  return Buffer.from(JSON.stringify({ protocol: MAGIC, versions, lane, nonce: nonce.toString('base64'), identity }));
}

export function decodeHello(payload: Buffer): Hello {
  const hello = record(parse(payload), 'the hello');
  if (hello.protocol !== MAGIC) throw new Refusal('protocol', 'the other side does not speak this protocol');
  const [lowest, highest] = Array.isArray(hello.versions) ? (hello.versions as unknown[]) : [];
  const versions = [count(lowest, 'version'), count(highest, 'version')] as const;
  const nonce = Buffer.from(text(hello.nonce, 'nonce'), 'base64');
  if (nonce.length !== NONCE_BYTES) throw malformed('nonce');
  if (!LANES.includes(hello.lane)) throw malformed('lane');
  return {
    versions,
    nonce,
    lane: hello.lane as ConnectionLane,
    identity: identity(record(hello.identity, 'identity')),
  };
}

/** The newest version that both speak. */
export function agreeOnVersion(own: ProtocolRange, peer: ProtocolRange): number {
  const version = Math.min(own[1], peer[1]);
  if (version >= own[0] && version >= peer[0]) return version;
  throw new Refusal(
    'protocol',
    `this node speaks versions ${own[0]} to ${own[1]} of the peer protocol, the other one ${peer[0]} to ${peer[1]}: ` +
      'upgrade the older one',
  );
}

/** Two that belong to different clusters have nothing to say to each other; true when they belong to the same. */
export function inSameCluster(own: string | null, peer: string | null): boolean {
  if (own === null || peer === null) return false;
  if (own !== peer) throw new Refusal('cluster', `it belongs to cluster ${peer}, this node to ${own}`);
  return true;
}

function identity(fields: Readonly<Record<string, unknown>>): PeerIdentity {
  return {
    nodeId: nodeId(fields.nodeId),
    incarnation: text(fields.incarnation, 'incarnation'),
    clusterId: fields.clusterId === null ? null : text(fields.clusterId, 'clusterId'),
    raftAddress: text(fields.raftAddress, 'raftAddress'),
    apiAddress: text(fields.apiAddress, 'apiAddress'),
    version: text(fields.version, 'version'),
    clusterVersion: count(fields.clusterVersion, 'clusterVersion'),
  };
}

/** `#` would make the member of one node look like a member of another. */
function nodeId(value: unknown): string {
  const name = text(value, 'nodeId');
  if (name === '' || name.includes('#')) throw malformed('nodeId');
  return name;
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    throw new Refusal('malformed', 'the hello is no JSON');
  }
}

function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw malformed(name);
  return value as Readonly<Record<string, unknown>>;
}

/** Goes into logs: short, and without characters that move a cursor. */
function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length > 512 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) throw malformed(name);
  return value;
}

function count(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed(name);
  return value as number;
}

function malformed(name: string): Refusal {
  return new Refusal('malformed', `${name} is not what it must be`);
}
