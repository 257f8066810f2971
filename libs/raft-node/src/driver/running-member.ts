import { membersOf, nodeOf, RawNode, votersOf } from '@config-guardian/raft';
import type { Entry, MemberId, Message, Ready, Snapshot } from '@config-guardian/raft';
import type { Clock } from '../clock';
import { BatchGate } from './batch-gate';
import type { DurableLog } from '../durable-log';
import type { LogConsumer } from '../replicated-log';
import { LogError } from '../replicated-log';
import type { Transport } from '../transport/transport';
import { ApplyQueue } from './apply-queue';
import { AppliedIndex } from './applied-index';
import { ClockGuard } from './clock-guard';
import { Contacts } from './contacts';
import { CoreLoop } from './core-loop';
import { CommitNews } from './commit-news';
import type { LeaderRequest } from './leader-requests';
import type { LeaderView } from './leader-view';
import type { LogLimits } from './limits';
import type { LogCache } from './log-cache';
import { LogWriter } from './log-writer';
import type { ObserveWrite } from './log-writer';
import { MembershipChanges } from './membership-changes';
import { Proposing } from './proposing';
import { Reads } from './reads';
import { SnapshotTraffic } from './snapshots/snapshot-traffic';
import { Ticker, TICK_MS } from './ticker';
import { Transfers } from './transfers';

export interface Timing {
  readonly heartbeatMs: number;
  readonly electionMs: number;
}

export interface MemberParts<Result> {
  readonly member: MemberId;
  readonly log: DurableLog;
  readonly cache: LogCache;
  readonly consumer: LogConsumer<Result>;
  readonly view: LeaderView;
  readonly limits: LogLimits;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly random: () => number;
  readonly link: Pick<Transport, 'send' | 'request'> | undefined;
  /** Where snapshots lie while they are fed or fetched. */
  readonly snapshotsDirectory: string | undefined;
  readonly observeWrite: ObserveWrite | undefined;
  /** Throws when the data directory is another process's. */
  readonly assertHeld: (() => void) | undefined;
  readonly warn: (message: string) => void;
  readonly fail: (error: unknown) => void;
}

/** A failed candidacy is tried again after 150 to 300 ms. */
const CANDIDACY_TICKS = 15;
/** To one member and not acknowledged: half of what its connection's queue holds, so that no append is dropped there. */
const INFLIGHT_BYTES = 8 << 20;
/** What the event loop encodes and sends at a stretch to a member that is far behind. */
const MESSAGE_BYTES = 256 << 10;

/** One member at work: the core, and around it what carries out what the core decides. */
export class RunningMember<Result> {
  readonly node: RawNode;
  readonly loop: CoreLoop;
  readonly proposing: Proposing<Result>;
  readonly reads: Reads;
  readonly changes: MembershipChanges;
  readonly transfers: Transfers;
  readonly appliedIndex: AppliedIndex;
  readonly contacts: Contacts;
  readonly traffic: SnapshotTraffic;
  private readonly writer: LogWriter;
  private readonly news: CommitNews;
  private readonly gate: BatchGate;
  private readonly queue: ApplyQueue<Result>;
  private readonly ticker: Ticker;
  private readonly guard: ClockGuard;
  private released = 0;
  private readonly bootedAt: number;

  constructor(private readonly parts: MemberParts<Result>) {
    const { member, log, cache, consumer, view, limits, clock, random, link, warn, fail } = parts;
    const electionTicks = Math.max(2, Math.round(parts.timing.electionMs / TICK_MS));
    const node = new RawNode({
      id: member,
      storage: cache,
      random,
      applied: consumer.appliedIndex,
      electionTicks,
      heartbeatTicks: Math.max(1, Math.round(parts.timing.heartbeatMs / TICK_MS)),
      candidacyTicks: Math.min(CANDIDACY_TICKS, electionTicks),
      maxInflightBytes: INFLIGHT_BYTES,
      maxSizePerMsg: MESSAGE_BYTES,
    });
    this.node = node;
    this.loop = new CoreLoop(node, { gather: () => this.gather(), take: (ready) => this.take(ready), fail });
    const wake = (): void => this.loop.wake();
    this.contacts = new Contacts(clock);
    this.appliedIndex = new AppliedIndex(consumer.appliedIndex);
    this.guard = new ClockGuard({
      clock,
      view,
      warn,
      patienceMs: 3 * parts.timing.electionMs,
      hasOthers: () => votersOf(node.status().configuration).length > 1,
      handOver: () => void this.transfers.begin(null),
    });
    const mayStamp = (): boolean => this.guard.mayStamp();
    this.proposing = new Proposing({ node, cache, view, limits, clock, random, link, mayStamp, wake });
    this.reads = new Reads(node, clock, wake);
    this.changes = new MembershipChanges(node, wake);
    this.transfers = new Transfers(node, view, wake);
    const { snapshotsDirectory: directory } = parts;
    const durableIndex = (): number => Math.max(this.released, this.bootedAt);
    const shared = { node, cache, consumer, clock, link, warn };
    this.bootedAt = consumer.appliedIndex;
    this.traffic = new SnapshotTraffic({ ...shared, directory, durableIndex, nodeId: nodeOf(member), loop: this.loop });
    const persisted: LogWriter['parts']['persisted'] = (receipt) => {
      this.node.persisted(receipt);
      this.loop.turn();
      this.traffic.settled();
    };
    const { maxWriteBytes } = limits;
    const install = (snapshot: Snapshot): Promise<void> => this.install(snapshot);
    const observed = parts.observeWrite && { observe: parts.observeWrite };
    this.writer = new LogWriter(
      { log, cache, maxWriteBytes, install, persisted, fail, ...observed },
      log.opened.hardState,
    );
    this.gate = new BatchGate(clock);
    this.news = new CommitNews({
      send: (message) => link?.send(message),
      isAppendComing: () => this.proposing.isWaiting && this.isHeldByBatch,
    });
    this.queue = new ApplyQueue({ consumer, fail, applied: (...done) => this.applied(...done) });
    // A pause of the process is not silence of the others: what they sent is read before a timeout can pass.
    this.ticker = new Ticker(clock, Math.ceil(electionTicks / 4), (count) => this.tick(count));
  }

  /** Nobody else has a vote: there is nothing to wait for. */
  get isAlone(): boolean {
    const voters = votersOf(this.node.status().configuration);
    return voters.length === 1 && voters[0] === this.parts.member;
  }

  get isIdle(): boolean {
    return this.proposing.pending.size === 0 && this.queue.isIdle;
  }

  async start(): Promise<void> {
    await this.traffic.begin();
    this.ticker.start();
    this.loop.change(() => {
      if (this.isAlone) this.node.campaign();
    });
  }

  receive(message: Message): void {
    this.contacts.heard(message.from);
    const { cache, limits } = this.parts;
    // Its own consumer does not follow: to the leader this member is slow, and what it cannot hold comes again.
    const tooMuch = message.type === 'append' && message.entries.length > 0;
    if (tooMuch && cache.unappliedBytes > 2 * limits.maxUnappliedBytes) return;
    if (message.type === 'snapshot') return this.traffic.receive(message);
    this.loop.change(() => this.node.step(message));
  }

  /** What is asked of a leader. */
  serve(request: LeaderRequest, deadlineMs: number): Promise<void> {
    if (!this.parts.view.leads) return Promise.reject(new LogError('no-leader', 'This node does not lead.'));
    if (request.method === 'change-membership') return this.changes.change(request.change, deadlineMs);
    return this.transfers.transfer(request.to, deadlineMs);
  }

  now(): number {
    return this.parts.clock.monotonic();
  }

  unreachable(nodeId: string): void {
    this.loop.change(() => {
      for (const member of membersOf(this.node.status().configuration)) {
        if (nodeOf(member) === nodeId) this.node.reportUnreachable(member);
      }
    });
  }

  isMember(member: MemberId): boolean {
    return membersOf(this.node.status().configuration).includes(member);
  }

  /** A synchronous commit covers everything up to `index`: the log may be cut back to what its limits keep. */
  release(index: number): void {
    const { cache, log, limits, fail } = this.parts;
    const applied = this.appliedIndex.value;
    this.released = Math.max(this.released, Math.min(index, applied));
    const held = cache.bytes > limits.heldBytes ? Infinity : this.traffic.heldIndex;
    const cut = cache.cutWithin(limits, Math.min(this.released, held));
    const configuration = this.node.configurationAt(applied);
    const term = cache.term(applied);
    if (cut === undefined || configuration === undefined || term === undefined) return;
    cache.cut(cut, { index: applied, term, configuration });
    log.cutPrefix(cut).catch(fail);
  }

  /** Resolves when what was handed to the disk is there. */
  async idle(): Promise<void> {
    await this.writer.idle();
  }

  end(error: LogError): void {
    this.ticker.stop();
    this.loop.end();
    this.writer.end();
    this.news.drop();
    this.queue.suspend();
    this.traffic.end();
    this.proposing.end(error);
    for (const part of [this.reads, this.changes, this.transfers, this.appliedIndex]) part.end(error);
  }

  private gather(): void {
    if (!this.isHeldByBatch) this.proposing.gather();
    this.reads.gather();
    this.changes.gather();
  }

  private get isHeldByBatch(): boolean {
    return this.parts.view.leads && this.gate.isClosed;
  }

  private take(ready: Ready): void {
    // No message, vote, write or answer of a process that lost its directory while it stood still.
    this.parts.assertHeld?.();
    const { softState, receipt, messages, committed, readStates, abortedReads } = ready;
    if (softState !== null || ready.hardState !== null) this.look(ready);
    if (ready.snapshot !== null) this.traffic.handedOut();
    if (receipt !== null) this.writer.add(ready);
    this.pass(ready);
    for (const message of messages) this.send(message);
    this.queue.add(committed);
    if (readStates.length > 0 || abortedReads.length > 0) this.reads.answered(readStates, abortedReads);
  }

  private pass({ entries, hardState }: Ready): void {
    const last = entries.at(-1);
    if (last !== undefined) this.gate.begin(last.index);
    if (hardState === null) return;
    this.gate.commit(hardState.commit);
    if (this.proposing.isWaiting && !this.isHeldByBatch) this.loop.wake();
  }

  private look({ softState, hardState }: Ready): void {
    const { view } = this.parts;
    const now = softState ?? { role: view.role, leader: view.leader };
    if (!view.take(now, hardState?.term ?? view.term)) return;
    this.gate.open();
    this.proposing.leaderChanged();
    this.transfers.leaderChanged();
  }

  private send(message: Message): void {
    if (message.type === 'snapshot') this.traffic.send(message);
    else this.news.send(message);
  }

  private applied(entries: readonly Entry[], results: readonly Result[]): void {
    const { index } = entries.at(-1)!;
    this.parts.cache.applied(entries);
    this.node.applied(index);
    this.proposing.applied(entries, results);
    this.changes.applied(entries);
    this.appliedIndex.raise(index);
    this.loop.wake();
  }

  /** What was handed out before is part of the snapshot, and nothing follows until that is durable. */
  private async install(snapshot: Snapshot): Promise<void> {
    this.queue.suspend();
    await this.traffic.install(snapshot);
    this.released = snapshot.index;
    this.appliedIndex.raise(snapshot.index);
    this.proposing.installed(snapshot);
    this.queue.resume();
  }

  private tick(count: number): void {
    this.news.flush();
    this.loop.change(() => {
      this.guard.tick();
      for (let ticks = 0; ticks < count; ticks += 1) this.node.tick();
      const now = this.parts.clock.monotonic();
      this.traffic.tick(now);
      for (const part of [this.proposing, this.reads, this.changes, this.transfers]) part.expire(now);
    });
  }
}
