import type { LogIdentity, PeerIdentity, TransportHandlers, TransportStats } from '@config-guardian/raft-node';
import { decodeJson, encodeJson, PeerError, TcpTransport } from '@config-guardian/raft-node';
import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../../common/env';
import type { Environment } from '../../common/env';
import { Certificates } from '../../common/tls/certificates';
import type { KeyPair } from '../../common/tls/key-pair';
import { WrongSetting } from '../../common/setting';
import { identityOf } from './own-identity';

/** Answers what a peer asks, in JSON. A PeerError that it throws reaches the peer with its code. */
export type PeerMethod = (body: unknown, from: PeerIdentity) => unknown;

/**
 * How this node talks with its peers: one listener for all that they ask. What the log has no word for is answered by
 * whoever has registered for it. Without a cluster secret there is no network, and the node is alone.
 */
@Injectable()
export class PeerNetwork {
  readonly transport: TcpTransport | undefined;
  readonly #methods = new Map<string, PeerMethod>();
  readonly #listeners: ((peer: PeerIdentity) => void)[] = [];
  #identity: PeerIdentity;
  #log: TransportHandlers | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    private readonly pino: PinoLogger,
    private readonly certificates: Certificates,
  ) {
    this.#identity = identityOf(environment);
    this.transport = this.#transport();
    certificates.peers?.onChange((pair) => this.transport?.setTls(tlsOf(pair)));
  }

  /** What this node says of itself. */
  get identity(): PeerIdentity {
    return this.#identity;
  }

  async start(): Promise<void> {
    try {
      await this.transport?.start({
        onMessage: (message, from) => this.#log?.onMessage(message, from),
        onRequest: (method, body, from) => this.#answer(method, body, from),
        onUnreachable: (nodeId) => this.#log?.onUnreachable(nodeId),
        onPeer: (peer) => {
          for (const listener of this.#listeners) listener(peer);
        },
      });
    } catch (error) {
      throw unusable(error, this.environment.raftListen);
    }
    if (this.transport) this.pino.info(`listening for peers at ${this.transport.address}`);
  }

  /** From now on this node speaks as the member that its log says it is. */
  serve({ identity, handlers }: { readonly identity: LogIdentity; readonly handlers: TransportHandlers }): void {
    const { clusterId, incarnation } = identity;
    this.#identity = { ...this.#identity, clusterId, incarnation };
    this.transport?.setIdentity(this.#identity);
    this.#log = handlers;
  }

  on(method: string, answer: PeerMethod): void {
    this.#methods.set(method, answer);
  }

  /** Tells who went through the handshake, in either direction. */
  onPeer(listener: (peer: PeerIdentity) => void): void {
    this.#listeners.push(listener);
  }

  async ask<Answer>(nodeId: string, method: string, body: unknown, timeoutMs: number): Promise<Answer> {
    const answer = this.transport?.request(nodeId, method, encodeJson(body), { timeoutMs });
    return decodeJson((await answer) ?? alone()) as Answer;
  }

  /** The same to an address, whoever is there. */
  async askAt<Answer>(
    address: string,
    method: string,
    body: unknown,
    timeoutMs: number,
  ): Promise<{ readonly from: PeerIdentity; readonly answer: Answer }> {
    const asked = this.transport?.requestAt(address, method, encodeJson(body), { timeoutMs });
    const answered = (await asked) ?? alone();
    return { from: answered.from, answer: decodeJson(answered.body) as Answer };
  }

  stats(): TransportStats | undefined {
    return this.transport?.stats();
  }

  async stop(): Promise<void> {
    await this.transport?.close();
  }

  async #answer(method: string, body: Uint8Array, from: PeerIdentity): Promise<Uint8Array> {
    const answer = this.#methods.get(method);
    if (answer) return encodeJson((await answer(decodeJson(body), from)) ?? {});
    if (!this.#log) throw new PeerError('not-ready', `${this.#identity.nodeId} is starting`);
    return this.#log.onRequest(method, body, from);
  }

  #transport(): TcpTransport | undefined {
    const { clusterSecrets, raftListen } = this.environment;
    const { peers } = this.certificates;
    if (clusterSecrets === null) return undefined;
    return new TcpTransport({
      listen: raftListen,
      secrets: clusterSecrets,
      identity: this.#identity,
      ...(peers && { tls: tlsOf(peers.current) }),
      log: (level, text) => this.pino[level](text),
    });
  }
}

const tlsOf = ({ cert, key, ca = '' }: KeyPair) => ({ cert, key, ca });

function alone(): never {
  throw new PeerError('unreachable', 'this node has no CLUSTER_SECRET, so it has no peers');
}

function unusable(error: unknown, listen: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const takes = { EADDRINUSE: 'host:port that nobody listens on', EACCES: 'a port that this user may listen on' }[code];
  const isElsewhere = ['EADDRNOTAVAIL', 'EAI_AGAIN', 'ENOTFOUND'].includes(code);
  if (takes === undefined && !isElsewhere) return error;
  return new WrongSetting('RAFT_LISTEN', JSON.stringify(listen), takes ?? 'an address of this machine');
}
