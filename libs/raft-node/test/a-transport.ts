import type { AppendMessage, Message } from '@config-guardian/raft';
import { memberId } from '@config-guardian/raft';
import type { TcpTransportOptions } from '../src/transport/tcp-transport';
import { TcpTransport } from '../src/transport/tcp-transport';
import type { PeerIdentity, TransportHandlers } from '../src/transport/transport';

export type OnRequest = TransportHandlers['onRequest'];

export function anIdentity(nodeId: string, clusterId: string | null = 'cluster-a'): PeerIdentity {
  return {
    nodeId,
    incarnation: `${nodeId}-1`,
    clusterId,
    raftAddress: `${nodeId}.test:7400`,
    apiAddress: `http://${nodeId}.test:8080`,
    version: '1.2.3',
    clusterVersion: 4,
  };
}

export function anAppend(from: string, to: string, index: number, bytes = 16): AppendMessage {
  const members = { from: memberId(from, `${from}-1`), to: memberId(to, `${to}-1`) };
  const data = Buffer.alloc(bytes, index);
  const entries = [{ type: 'command', index: index + 1, term: 3, data }] as const;
  return { type: 'append', ...members, term: 3, prevIndex: index, prevTerm: 2, commit: index, entries };
}

/** A transport on the loopback interface, and everything that it was told. */
export class TransportUnderTest {
  readonly messages: Message[] = [];
  readonly senders: PeerIdentity[] = [];
  readonly unreachable: string[] = [];
  readonly peers: PeerIdentity[] = [];
  readonly log: string[] = [];
  probes = 0;
  onRequest: OnRequest = (method, body) => Promise.resolve(Buffer.concat([Buffer.from(`${method}:`), body]));
  readonly transport: TcpTransport;

  constructor(
    readonly nodeId: string,
    options: Partial<TcpTransportOptions>,
  ) {
    this.transport = new TcpTransport({
      listen: '127.0.0.1:0',
      secrets: ['a secret'],
      identity: anIdentity(nodeId),
      log: (_, text) => this.log.push(text),
      ...options,
    });
  }

  get address(): string {
    return this.transport.address;
  }

  get refused(): Readonly<Record<string, number>> {
    return this.transport.stats().refused;
  }

  /** The index before the entries of each append that arrived. */
  get indexes(): number[] {
    return this.messages.map((message) => (message as AppendMessage).prevIndex);
  }

  async start(): Promise<this> {
    await this.transport.start({
      onMessage: (message, from) => {
        if (message.type === 'heartbeat') {
          this.probes += 1;
          return;
        }
        this.messages.push(message);
        this.senders.push(from);
      },
      onRequest: (method, body, from) => this.onRequest(method, body, from),
      onUnreachable: (nodeId) => this.unreachable.push(nodeId),
      onPeer: (peer) => this.peers.push(peer),
    });
    return this;
  }

  reach(other: { readonly nodeId: string; readonly address: string }, address = other.address): void {
    this.transport.setPeers(new Map([[other.nodeId, address]]));
  }

  append(to: string, index: number, bytes?: number): void {
    this.transport.send(anAppend(this.nodeId, to, index, bytes));
  }

  /** Resolves when messages get through: what is sent before there is a connection is dropped. */
  async firstMessageTo(other: TransportUnderTest): Promise<void> {
    const before = other.probes;
    const [from, to] = [this.nodeId, other.nodeId].map((nodeId) => memberId(nodeId, `${nodeId}-1`)) as [string, string];
    await until(() => {
      this.transport.send({ type: 'heartbeat', from, to, term: 3, commit: 0, context: 0 });
      return other.probes > before;
    });
    this.unreachable.length = 0;
  }
}

const started: { close(): Promise<void> }[] = [];

/** Closed at the end of the test. */
export async function aTransport(
  nodeId: string,
  options: Partial<TcpTransportOptions> = {},
): Promise<TransportUnderTest> {
  const node = new TransportUnderTest(nodeId, options);
  closedAtTheEnd(node.transport);
  return node.start();
}

/** Two that have connected, each to the other. */
export async function twoTransports(limits = {}) {
  const [one, two] = [await aTransport('node-1', { limits }), await aTransport('node-2', { limits })];
  one.reach(two);
  two.reach(one);
  await Promise.all([one.firstMessageTo(two), two.firstMessageTo(one)]);
  return { one, two };
}

export function closedAtTheEnd<T extends { close(): Promise<void> }>(what: T): T {
  started.push(what);
  return what;
}

export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((what) => what.close()));
}

/** Resolves when it holds. A test that waits in vain fails by this, with what it waited for. */
export async function until(condition: () => boolean, seconds = 20): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > seconds * 200) throw new Error(`Not within ${seconds} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
