import type { Message } from '@config-guardian/raft';
import { nodeOf } from '@config-guardian/raft';
import type { DiallingContext } from './dialling';
import { PeerLink } from './peer-link';
import type { Lane, RequestOptions, TransportHandlers } from './transport';
import { PeerError } from './transport';

type Links = Readonly<Record<Lane, PeerLink>>;

/** The connections to those that `setPeers` names. */
export class PeerTable {
  private addresses: ReadonlyMap<string, string> = new Map();
  private readonly links = new Map<string, Links>();
  private readonly unreachable = new Set<string>();
  private handlers: TransportHandlers | null = null;

  constructor(
    private readonly context: DiallingContext,
    private readonly random: () => number,
  ) {}

  open(handlers: TransportHandlers): void {
    this.handlers = handlers;
    this.set(this.addresses);
  }

  /** A node does not connect to itself: its own address may be among them. */
  set(addresses: ReadonlyMap<string, string>): void {
    const own = this.context.party().identity.nodeId;
    this.addresses = new Map([...addresses].filter(([nodeId]) => nodeId !== own));
    if (this.handlers === null) return;
    for (const [nodeId, links] of this.links) {
      if (links.messages.address !== this.addresses.get(nodeId)) this.drop(nodeId, links, 'it is no peer any more');
    }
    for (const [nodeId, address] of this.addresses) {
      if (!this.links.has(nodeId)) this.links.set(nodeId, this.link(nodeId, address, this.handlers));
    }
  }

  send(message: Message): void {
    const nodeId = nodeOf(message.to);
    if (this.links.get(nodeId)?.messages.send(message) === true) return;
    this.context.counters.dropped += 1;
    this.tellUnreachable(nodeId);
  }

  async request(nodeId: string, method: string, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const links = this.links.get(nodeId);
    if (links === undefined) throw new PeerError('unreachable', `${nodeId} is no peer of this node`);
    return links[options.lane ?? 'messages'].request(method, body, options);
  }

  wake(nodeId: string): void {
    const links = this.links.get(nodeId);
    links?.messages.wake();
    links?.bulk.wake();
  }

  renew(): void {
    for (const { messages, bulk } of this.links.values()) {
      messages.renew();
      bulk.renew();
    }
  }

  close(): void {
    this.handlers = null;
    for (const [nodeId, links] of this.links) this.drop(nodeId, links, 'this node closes');
  }

  private link(nodeId: string, address: string, { onPeer }: TransportHandlers): Links {
    const { random } = this;
    const lane = (name: Lane, onDown: () => void): PeerLink =>
      new PeerLink(this.context, nodeId, address, name, { onPeer, onDown, random });
    return {
      messages: lane('messages', () => this.tellUnreachable(nodeId)),
      bulk: lane('bulk', () => undefined),
    };
  }

  private drop(nodeId: string, { messages, bulk }: Links, reason: string): void {
    this.links.delete(nodeId);
    messages.end(reason);
    bulk.end(reason);
  }

  /** After the caller's turn, once for all that it dropped: `send` is called in the middle of other work. */
  private tellUnreachable(nodeId: string): void {
    if (this.unreachable.size === 0) queueMicrotask(() => this.tellAll());
    this.unreachable.add(nodeId);
  }

  private tellAll(): void {
    const nodeIds = [...this.unreachable];
    this.unreachable.clear();
    for (const nodeId of nodeIds) this.handlers?.onUnreachable(nodeId);
  }
}
