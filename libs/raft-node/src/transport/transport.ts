import type { Message } from '@config-guardian/raft';

/** Who is at the other end of a connection, as both sides told and proved it in the handshake. */
export interface PeerIdentity {
  readonly nodeId: string;
  readonly incarnation: string;
  /** Null as long as the node belongs to no cluster. */
  readonly clusterId: string | null;
  /** `host:port` at which this node listens for its peers. */
  readonly raftAddress: string;
  /** URL of its HTTP API. */
  readonly apiAddress: string;
  /** The release of its build, for showing. */
  readonly version: string;
  /** The newest cluster version that its build can run. */
  readonly clusterVersion: number;
}

export interface TransportHandlers {
  /** A message of a member of the same cluster, checked for its shape, not yet for membership. */
  onMessage(message: Message, from: PeerIdentity): void;
  /** Answers a request. A rejection reaches the asker as a PeerError with the same code and message. */
  onRequest(method: string, body: Uint8Array, from: PeerIdentity): Promise<Uint8Array>;
  /** Messages to this node were dropped: no connection, or a full one. */
  onUnreachable(nodeId: string): void;
  /** A peer went through the handshake, in either direction. */
  onPeer(peer: PeerIdentity): void;
}

/** `bulk` is a connection of its own, so that what is large holds up no append and no heartbeat. */
export type Lane = 'messages' | 'bulk';

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly lane?: Lane;
}

/** Why a request has no answer. Only `unreachable` says that the other side has not seen it. */
export type PeerErrorCode = 'unreachable' | 'timeout' | 'disconnected' | 'refused';

/** Each counted since the start of the process. */
export interface TransportStats {
  readonly connections: number;
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly dropped: number;
  /** Connections closed by this side, by why: `secret`, `cluster`, `protocol`, `frame-too-large`, `malformed`, `slow`, ... */
  readonly refused: Readonly<Record<string, number>>;
}

/** How nodes talk. Messages may be lost, doubled by reconnects, and reordered; they are never altered. */
export interface Transport {
  /** Listens; resolves when peers can connect. */
  start(handlers: TransportHandlers): Promise<void>;
  /** Where the other nodes are: `host:port` by node id. Connections to those left out are closed. */
  setPeers(addresses: ReadonlyMap<string, string>): void;
  /** What this node says of itself from now on; connections with the old story are made anew. */
  setIdentity(identity: PeerIdentity): void;
  /** Sends and forgets: what cannot be sent now is dropped, and told by `onUnreachable`. */
  send(message: Message): void;
  /** Rejects with a PeerError. */
  request(nodeId: string, method: string, body: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  /** The same to an address whose node is not known yet, over a connection of its own: for forming and joining. */
  requestAt(
    address: string,
    method: string,
    body: Uint8Array,
    options: RequestOptions,
  ): Promise<{ readonly from: PeerIdentity; readonly body: Uint8Array }>;
  stats(): TransportStats;
  close(): Promise<void>;
}

export class PeerError extends Error {
  constructor(
    readonly code: PeerErrorCode | (string & {}),
    message: string,
  ) {
    super(message);
    this.name = 'PeerError';
  }
}
