import type { MemberId, RawNode, Snapshot, SnapshotMessage } from '@config-guardian/raft';
import type { Clock } from '../../clock';
import type { LogConsumer } from '../../replicated-log';
import type { Transport } from '../../transport/transport';
import { PeerError } from '../../transport/transport';
import type { CoreLoop } from '../core-loop';
import type { LogCache } from '../log-cache';
import { SnapshotFeed } from './snapshot-feed';
import { SnapshotIntake } from './snapshot-intake';

export interface TrafficParts {
  /** Undefined where no snapshot can be fed or taken. */
  readonly directory: string | undefined;
  readonly nodeId: string;
  readonly node: RawNode;
  readonly loop: CoreLoop;
  readonly cache: LogCache;
  readonly consumer: LogConsumer<unknown>;
  readonly link: Pick<Transport, 'send' | 'request'> | undefined;
  readonly clock: Clock;
  readonly durableIndex: () => number;
  readonly warn: (message: string) => void;
}

/** Snapshots of this member on their way to others, and those of others on their way here. */
export class SnapshotTraffic {
  private readonly feed: SnapshotFeed | undefined;
  private readonly intake: SnapshotIntake | undefined;

  constructor(private readonly parts: TrafficParts) {
    const { directory, consumer, link, node, cache, loop, clock, warn, nodeId, durableIndex } = parts;
    const { snapshots } = consumer;
    if (directory === undefined || snapshots === undefined || link === undefined) return;
    this.feed = new SnapshotFeed({
      ...{ directory, nodeId, snapshots, clock, warn },
      logBegins: () => cache.firstIndex(),
      configurationAt: (index) => node.configurationAt(index),
      report: (member, outcome, index) => this.report(member, outcome, index),
    });
    this.intake = new SnapshotIntake({
      ...{ directory, consumer, link, clock, durableIndex, warn },
      isCovered: ({ index, term }) => node.status().commit >= index || cache.term(index) === term,
      step: (message) => {
        loop.change(() => node.step(message));
        loop.turn();
      },
    });
    cache.giveSnapshot = () => this.feed!.give();
  }

  async begin(): Promise<void> {
    await this.feed?.begin();
  }

  get heldIndex(): number {
    return this.feed?.heldIndex ?? Infinity;
  }

  receive(message: SnapshotMessage): void {
    this.intake?.receive(message);
  }

  send(message: SnapshotMessage): void {
    this.parts.link?.send(message);
    if (this.feed === undefined) this.report(message.to, 'failed', message.snapshot.index);
    else this.feed.sent(message);
  }

  serve(method: string, body: Uint8Array, from: MemberId): Promise<Uint8Array> {
    if (this.feed !== undefined) return this.feed.serve(method, body, from);
    return Promise.reject(new PeerError('snapshot-gone', 'This node has no snapshots.'));
  }

  handedOut(): void {
    this.intake?.handedOut();
  }

  install(snapshot: Snapshot): Promise<void> {
    if (this.intake !== undefined) return this.intake.install(snapshot);
    return Promise.reject(new Error('This node can install no snapshot.'));
  }

  settled(): void {
    this.intake?.settled();
  }

  tick(now: number): void {
    this.feed?.tick(now);
    this.intake?.tick(now);
  }

  end(): void {
    this.feed?.end();
    this.intake?.end();
  }

  /** Told from within the core's own turn as well, so it waits for the next. */
  private report(member: MemberId, outcome: 'sent' | 'failed', index: number): void {
    setImmediate(() => this.parts.loop.change(() => this.parts.node.reportSnapshot(member, outcome, index)));
  }
}
