import type { LookupFunction } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { MemberId, Message } from '@config-guardian/raft';
import { AcceptedSession } from './accepted-session';
import { parseAddress } from './address';
import { ClusterKey } from './cluster-key';
import type { DiallingContext } from './dialling';
import { Dialling } from './dialling';
import type { FrameSocket } from './frame-socket';
import type { Agreement } from './handshake';
import type { ProtocolRange } from './hello';
import { PROTOCOL } from './hello';
import { Listener } from './listener';
import type { TransportTls } from './network';
import { OpenSockets } from './open-sockets';
import { within } from './peer-link';
import { PeerTable } from './peer-table';
import type { PeerIdentity, RequestOptions, Transport, TransportHandlers, TransportStats } from './transport';
import { PeerError } from './transport';
import type { TransportLog } from './transport-counters';
import { TransportCounters } from './transport-counters';
import type { TransportLimits } from './transport-limits';
import { DEFAULT_TRANSPORT_LIMITS } from './transport-limits';

export interface TcpTransportOptions {
  /** `host:port`; port 0 takes any free one, which `address` tells. */
  readonly listen: string;
  /** Cluster secrets: the first is used to dial, all are accepted. */
  readonly secrets: readonly string[];
  readonly identity: PeerIdentity;
  readonly tls?: TransportTls;
  readonly limits?: Partial<TransportLimits>;
  /** For the pauses between attempts: at least 0, less than 1. */
  readonly random?: () => number;
  readonly log?: TransportLog;
  /** How names become addresses, for each connection anew; `dns.lookup` when not given. */
  readonly lookup?: LookupFunction;
  readonly versions?: ProtocolRange;
}

/** What is left to send at the end has so long to leave. */
const CLOSING_MS = 500;

/** The transport over TCP: see PROTOCOL.md. What a node has to say it says on connections that it made itself. */
export class TcpTransport implements Transport {
  private readonly dialling: DiallingContext;
  private readonly listener: Listener;
  private readonly peers: PeerTable;
  private readonly sockets = new OpenSockets();
  private readonly accepted = new Set<AcceptedSession>();
  private readonly single = new Set<Dialling>();
  private tls: TransportTls | undefined;
  private identity: PeerIdentity;
  private outcasts: ReadonlySet<MemberId> = new Set();
  private handlers: TransportHandlers | null = null;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: TcpTransportOptions) {
    const { secrets, tls, lookup, versions = PROTOCOL, log = () => undefined, random = Math.random } = options;
    if (secrets.length === 0) throw new RangeError('The transport needs at least one cluster secret.');
    const keys = secrets.map((secret) => new ClusterKey(secret));
    const limits = { ...DEFAULT_TRANSPORT_LIMITS, ...options.limits };
    this.identity = options.identity;
    const party = () => ({ identity: this.identity, keys, versions, outcasts: this.outcasts });
    const both = { party, limits, counters: new TransportCounters(log), sockets: this.sockets };
    this.tls = tls;
    this.dialling = { ...both, tls: () => this.tls, lookup };
    this.listener = new Listener({ ...both, tls, onAgreed: (socket, agreement) => this.accept(socket, agreement) });
    this.peers = new PeerTable(this.dialling, random);
  }

  /** Where it listens, after `start`. */
  get address(): string {
    return this.listener.address;
  }

  async start(handlers: TransportHandlers): Promise<void> {
    this.handlers = handlers;
    await this.listener.listen(parseAddress(this.options.listen));
    if (this.closing === null) this.peers.open(handlers);
  }

  setPeers(addresses: ReadonlyMap<string, string>): void {
    if (this.closing === null) this.peers.set(addresses);
  }

  /** Members that were removed: their connections are closed, and they get none but for a single request. */
  setOutcasts(members: ReadonlySet<MemberId>): void {
    this.outcasts = members;
    for (const session of [...this.accepted]) {
      if (session.lane !== 'once' && members.has(session.from)) session.end('it was removed from the cluster');
    }
  }

  setIdentity(identity: PeerIdentity): void {
    if (this.closing !== null || isDeepStrictEqual(identity, this.identity)) return;
    this.identity = identity;
    this.peers.renew();
    for (const session of [...this.accepted]) session.retire();
  }

  /** For connections made or taken from now on; those that are open go on. Only where there was TLS from the beginning. */
  setTls(tls: TransportTls): void {
    if (this.tls === undefined) throw new TypeError('This transport was made without TLS.');
    this.tls = tls;
    this.listener.setTls(tls);
  }

  send(message: Message): void {
    this.peers.send(message);
  }

  request(nodeId: string, method: string, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    return this.peers.request(nodeId, method, body, options);
  }

  async requestAt(
    address: string,
    method: string,
    body: Uint8Array,
    { timeoutMs }: RequestOptions,
  ): Promise<{ readonly from: PeerIdentity; readonly body: Uint8Array }> {
    if (this.closing !== null) throw new PeerError('unreachable', 'this node closes');
    const begin = performance.now();
    const attempt = new Dialling(this.dialling, { address, lane: 'once', expected: null });
    this.single.add(attempt);
    try {
      const session = await within(timeoutMs, attempt.session);
      this.handlers?.onPeer(session.peer);
      const answer = await session.request(method, body, timeoutMs - (performance.now() - begin));
      return { from: session.peer, body: answer };
    } finally {
      this.single.delete(attempt);
      attempt.abort();
    }
  }

  stats(): TransportStats {
    return this.dialling.counters.stats();
  }

  /** What was sent before still leaves, unless a peer does not take it. */
  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    this.peers.close();
    for (const session of [...this.accepted]) session.end('this node closes');
    for (const attempt of this.single) attempt.abort();
    await Promise.all([this.listener.close(), this.sockets.closed(CLOSING_MS)]);
  }

  private accept(socket: FrameSocket, agreement: Agreement): void {
    const { handlers, closing } = this;
    if (handlers === null || closing !== null) return socket.destroy('this node closes');
    const { limits, counters } = this.dialling;
    const session: AcceptedSession = new AcceptedSession(socket, agreement, limits, counters, handlers, () =>
      this.accepted.delete(session),
    );
    this.accepted.add(session);
    handlers.onPeer(agreement.peer);
    this.peers.wake(agreement.peer.nodeId);
    // The handshake had begun when this node became somebody else: the peer knows the one that is no more.
    if (agreement.own !== this.identity) session.retire();
  }
}
