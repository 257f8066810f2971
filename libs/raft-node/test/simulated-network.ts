import { nodeOf } from '@config-guardian/raft';
import type { Message } from '@config-guardian/raft';
import type { PeerIdentity, RequestOptions, Transport, TransportHandlers } from '../src/transport/transport';
import { PeerError } from '../src/transport/transport';
import type { VirtualClock } from './virtual-clock';

const DELAY_MS = 1;

/** Nodes in one process, in virtual time: links that can be cut in either direction, and requests that get lost. */
export class SimulatedNetwork {
  private readonly nodes = new Map<string, { identity: PeerIdentity; handlers: TransportHandlers }>();
  private readonly cuts = new Set<string>();
  /** How often each node died: what an earlier life still sends is heard by nobody. */
  private readonly deaths = new Map<string, number>();
  /** Asked for each request and each message; true swallows it. */
  swallows: (from: string, to: string, what: string) => boolean = () => false;
  /** Counted by method, and messages by type. */
  readonly sent: Record<string, number> = {};

  constructor(private readonly clock: VirtualClock) {}

  attach(identity: PeerIdentity, handlers: TransportHandlers): void {
    this.nodes.set(identity.nodeId, { identity, handlers });
  }

  detach(nodeId: string): void {
    this.nodes.delete(nodeId);
    this.deaths.set(nodeId, this.deathsOf(nodeId) + 1);
  }

  cut(from: string, to: string): void {
    this.cuts.add(`${from}>${to}`);
  }

  isolate(nodeId: string): void {
    for (const other of this.nodes.keys()) {
      if (other === nodeId) continue;
      this.cut(nodeId, other);
      this.cut(other, nodeId);
    }
  }

  heal(): void {
    this.cuts.clear();
  }

  transport(identity: PeerIdentity): Pick<Transport, 'send' | 'request'> {
    const born = this.deathsOf(identity.nodeId);
    const isAlive = (): boolean => this.deathsOf(identity.nodeId) === born;
    return {
      send: (message) => (isAlive() ? this.send(identity, message) : undefined),
      request: (to, method, body, options) =>
        isAlive()
          ? this.request(identity, to, method, body, options)
          : Promise.reject(new PeerError('unreachable', 'dead')),
    };
  }

  private deathsOf(nodeId: string): number {
    return this.deaths.get(nodeId) ?? 0;
  }

  private send(from: PeerIdentity, message: Message): void {
    const to = nodeOf(message.to);
    this.count(message.type);
    if (this.isCut(from.nodeId, to, message.type)) {
      this.clock.after(DELAY_MS, () => this.nodes.get(from.nodeId)?.handlers.onUnreachable(to));
      return;
    }
    this.clock.after(DELAY_MS, () => this.nodes.get(to)?.handlers.onMessage(message, from));
  }

  private request(
    from: PeerIdentity,
    to: string,
    method: string,
    body: Uint8Array,
    { timeoutMs }: RequestOptions,
  ): Promise<Uint8Array> {
    this.count(method);
    // What a real connection carries is bytes of its own.
    const copy = Uint8Array.from(body);
    return new Promise((resolve, reject) => {
      const late = this.clock.after(timeoutMs, () => reject(new PeerError('timeout', `${to} did not answer in time`)));
      const answer = (settle: () => void): void => {
        if (this.isCut(to, from.nodeId, `${method}:answer`)) return;
        this.clock.after(DELAY_MS, () => (late(), settle()));
      };
      this.clock.after(DELAY_MS, () => {
        const peer = this.nodes.get(to);
        if (peer === undefined) {
          late();
          return reject(new PeerError('unreachable', `${to} is down`));
        }
        if (this.isCut(from.nodeId, to, method)) return;
        peer.handlers.onRequest(method, copy, from).then(
          (value) => answer(() => resolve(Uint8Array.from(value))),
          (error: unknown) => answer(() => reject(error as Error)),
        );
      });
    });
  }

  private isCut(from: string, to: string, what: string): boolean {
    return this.cuts.has(`${from}>${to}`) || this.swallows(from, to, what);
  }

  private count(what: string): void {
    this.sent[what] = (this.sent[what] ?? 0) + 1;
  }
}
