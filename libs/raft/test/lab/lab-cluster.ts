import { configuration, MemoryStorage, RawNode } from '@config-guardian/raft';
import type { Entry, Message } from '@config-guardian/raft';

/** A small generator with a good spread (mulberry32): the same seed gives the same run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const commands = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
export const others = (cluster: LabCluster, ...but: string[]) => cluster.ids.filter((id) => !but.includes(id));

interface Server {
  node: RawNode;
  readonly storage: MemoryStorage;
  connected: boolean;
  up: boolean;
  /** The state machine: what was applied, by index. A restart begins again at its snapshot. */
  applied: Map<number, string>;
  appliedIndex: number;
}

/** A command that is proposed, beside everything else, until enough servers have applied it. */
export interface Pursuit {
  readonly command: string;
  readonly expected: number;
  agreed: boolean;
  index: number | undefined;
  /** When it is to be proposed again, if it was not applied by then. */
  again: number;
}

/** The harness of the MIT 6.5840 labs, in ticks instead of seconds: an election timeout is 10 to 20 of them. */
export class LabCluster {
  readonly servers = new Map<string, Server>();
  private mail: { readonly message: Message; readonly due: number }[] = [];
  private now = 0;
  private readonly random: () => number;
  private pursued: Pursuit[] = [];
  private readonly agreed = new Map<number, string>();
  /** Loses one message in ten, delays and so reorders the others. */
  unreliable = false;
  /** Applied entries between two snapshots; 0 for none. */
  snapshotEvery = 0;
  messages = 0;
  bytes = 0;

  constructor(size: number, seed = 1) {
    this.random = seeded(seed);
    const ids = Array.from({ length: size }, (_, n) => `${n + 1}`);
    for (const id of ids) {
      const storage = new MemoryStorage(configuration(ids));
      const state = { connected: true, up: true, applied: new Map<number, string>(), appliedIndex: 0 };
      this.servers.set(id, { storage, node: this.boot(id, storage, 0), ...state });
    }
  }

  get ids(): string[] {
    return [...this.servers.keys()];
  }

  server(id: string): Server {
    return this.servers.get(id)!;
  }

  connect(...ids: string[]): void {
    for (const id of ids) this.server(id).connected = true;
  }

  disconnect(...ids: string[]): void {
    for (const id of ids) this.server(id).connected = false;
  }

  crash(...ids: string[]): void {
    for (const id of ids) this.server(id).up = false;
  }

  restart(...ids: string[]): void {
    for (const id of ids) {
      const server = this.server(id);
      server.appliedIndex = server.storage.snapshot().index;
      server.node = this.boot(id, server.storage, server.appliedIndex);
      server.up = true;
    }
  }

  run(ticks: number): void {
    for (let n = 0; n < ticks; n++) {
      this.now++;
      for (const server of this.servers.values()) if (server.up) server.node.tick();
      this.exchange();
      this.pursued = this.pursued.filter((one) => !this.advance(one));
    }
  }

  /** Like `one`, but goes on while other things happen. */
  pursue(command: string, expected: number): Pursuit {
    const pursuit: Pursuit = { command, expected, agreed: false, index: undefined, again: this.now };
    this.pursued.push(pursuit);
    this.advance(pursuit);
    return pursuit;
  }

  /** The only leader among those connected, waited for; terms never have two. */
  leader(): string {
    for (let n = 0; n < 200; n++) {
      this.run(1);
      const leading = this.leaders();
      const newest = leading.sort((a, b) => this.term(b) - this.term(a))[0];
      expect(new Set(leading.map((id) => this.term(id))).size).toBe(leading.length);
      if (newest !== undefined) return newest;
    }
    throw new Error('no leader');
  }

  leaders(): string[] {
    return this.ids.filter((id) => this.reachable(id) && this.server(id).node.status().role === 'leader');
  }

  term(id: string): number {
    return this.server(id).node.status().term;
  }

  start(id: string, command: string): number | undefined {
    const proposal = this.server(id).node.propose([Buffer.from(command)]);
    return proposal.ok ? proposal.index : undefined;
  }

  appliedAt(index: number): number {
    return [...this.servers.values()].filter((server) => server.applied.has(index)).length;
  }

  /** Agreement on one command, on at least this many servers; tried again under another leader until it is reached. */
  one(command: string, expected: number): number {
    for (let attempt = 0; attempt < 40; attempt++) {
      const index = this.start(this.leader(), command);
      if (index === undefined) continue;
      for (let n = 0; n < 40; n++) {
        this.run(1);
        const reached = this.ids.filter((id) => this.server(id).applied.get(index) === command).length;
        if (reached >= expected) return index;
      }
    }
    throw new Error(`no agreement on ${command}`);
  }

  exchange(): void {
    for (let busy = true; busy;) {
      busy = false;
      for (const id of this.ids) if (this.server(id).up && this.work(id)) busy = true;
      const arriving = this.mail.filter((one) => one.due <= this.now);
      this.mail = this.mail.filter((one) => one.due > this.now);
      for (const { message } of arriving) this.arrive(message);
      busy ||= arriving.length > 0;
    }
  }

  private advance(pursuit: Pursuit): boolean {
    const { command, expected, index } = pursuit;
    const holds = (id: string) => index !== undefined && this.server(id).applied.get(index) === command;
    pursuit.agreed = this.ids.filter(holds).length >= expected;
    const leader = this.leaders()[0];
    if (pursuit.agreed || this.now < pursuit.again || leader === undefined) return pursuit.agreed;
    pursuit.index = this.start(leader, command);
    pursuit.again = this.now + 40;
    return false;
  }

  private reachable(id: string): boolean {
    return this.server(id).up && this.server(id).connected;
  }

  private boot(id: string, storage: MemoryStorage, applied: number): RawNode {
    return new RawNode({ id, storage, random: this.random, applied });
  }

  private work(id: string): boolean {
    const server = this.server(id);
    const { node, storage } = server;
    let worked = false;
    for (; node.hasReady(); worked = true) {
      const ready = node.ready();
      storage.write(ready);
      if (ready.snapshot !== null) server.appliedIndex = ready.snapshot.index;
      for (const message of ready.messages) this.post(message);
      for (const entry of ready.committed) this.apply(server, entry);
      node.advance(ready);
      this.snapshot(server);
    }
    return worked;
  }

  private apply(server: Server, entry: Entry): void {
    expect(entry.index).toBe(server.appliedIndex + 1);
    const value = entry.type === 'command' ? Buffer.from(entry.data).toString() : entry.type;
    expect(this.agreed.get(entry.index) ?? value).toBe(value);
    this.agreed.set(entry.index, value);
    server.applied.set(entry.index, value);
    server.appliedIndex = entry.index;
  }

  private snapshot({ node, storage, appliedIndex: index }: Server): void {
    if (this.snapshotEvery === 0 || index - storage.snapshot().index < this.snapshotEvery) return;
    const of = node.configurationAt(index)!;
    storage.keepSnapshot({ index, term: storage.term(index)!, configuration: of, data: new Uint8Array(0) });
    storage.compact(index);
  }

  private post(message: Message): void {
    this.messages++;
    if (message.type === 'append') {
      for (const entry of message.entries) if (entry.type === 'command') this.bytes += entry.data.length;
    }
    const lost = this.unreliable && this.random() < 0.1;
    if (lost || !this.reachable(message.from)) return this.lose(message);
    const delay = this.unreliable ? Math.floor(this.random() * 4) : 0;
    this.mail.push({ message, due: this.now + delay });
  }

  private arrive(message: Message): void {
    if (!this.reachable(message.to)) return this.lose(message);
    this.server(message.to).node.step(message);
    if (message.type === 'snapshot')
      this.server(message.from).node.reportSnapshot(message.to, 'sent', message.snapshot.index);
  }

  private lose(message: Message): void {
    if (message.type === 'snapshot')
      this.server(message.from).node.reportSnapshot(message.to, 'failed', message.snapshot.index);
  }
}
