import { RawNode } from '@config-guardian/raft';
import type { Entry, MemberId, Message, Proposal, Ready, Snapshot } from '@config-guardian/raft';
import { RaftStorage } from '../../libs/raft-node/src/raft-storage';
import type { WriteAheadLog } from '../../libs/raft-node/src/wal/write-ahead-log';
import type { MemberView } from './checker/member-view';
import type { Database } from './database';
import type { World } from './world';

/** What a member asks of the machine it runs on. */
export interface Surroundings {
  readonly world: World;
  send(message: Message): void;
  /** Runs in this life of the process, or not at all. */
  later(delay: number, work: () => void): void;
  /** How long the disk, or the database, takes now. */
  delay(of: 'disk' | 'database'): number;
  /** The disk is about to be written, perhaps with a snapshot. */
  aboutToWrite(installs: boolean): void;
}

/**
 * One process: the real core over the real log, and a driver as a real one works. Messages leave while the write they
 * belong to waits; writes that gather meanwhile share a sync; entries are applied by and by.
 */
export class Member {
  readonly node: RawNode;
  private readonly storage: RaftStorage;
  private writes: Ready[] = [];
  private writing = false;
  private unapplied: Entry[] = [];
  private applying = false;
  private readonly proposals = new Map<number, { readonly term: number; readonly acknowledged: () => void }>();
  private readonly reads = new Map<number, (saw: number | null) => void>();
  private confirmedReads: { readonly id: number; readonly index: number }[] = [];

  constructor(
    readonly id: MemberId,
    private readonly view: MemberView,
    private readonly log: WriteAheadLog,
    private readonly database: Database,
    private readonly around: Surroundings,
  ) {
    const { world } = around;
    const open = RaftStorage.open(log, database);
    this.storage = open;
    const applied = database.position().index;
    this.node = new RawNode({ ...world.core, id, storage: open, random: world.chance.fork().next, applied });
    const { hardState, configuration } = open.initialState();
    const base = open.firstIndex() - 1;
    const entries = open.entries(base + 1, open.lastIndex() + 1, Infinity);
    const start = { ...hardState, applied, configuration, base: { index: base, term: open.term(base)! }, entries };
    world.checker.booted(view, start);
  }

  step(message: Message): void {
    this.node.step(message);
    if (message.type !== 'append-response' || this.view.role !== 'leader') return;
    this.drain();
    if (this.view.role === 'leader') this.around.world.checker.believes(this.view, this.node.status().progress);
  }

  propose(command: Uint8Array, acknowledged: () => void): Proposal {
    const proposal = this.node.propose([command]);
    if (proposal.ok) this.proposals.set(proposal.index, { term: proposal.term, acknowledged });
    return proposal;
  }

  /** `done` hears where the state machine stood when the read was served; null when the read has to be asked again. */
  read(done: (saw: number | null) => void): void {
    const asked = this.node.readIndex();
    if (asked.ok) this.reads.set(asked.id, done);
    else done(null);
  }

  /** Does the work that the core has, until it has none. */
  drain(): void {
    while (this.node.hasReady()) this.take(this.node.ready());
  }

  /** The log lets go of what the database holds durably, but for the last `keep` entries of it. */
  cutLog(keep: number): boolean {
    const index = this.database.durableIndex - keep;
    if (index < this.storage.firstIndex()) return false;
    this.storage.release(index);
    this.around.world.checker.cut(this.view, this.log.firstIndex, this.database.durableIndex);
    return true;
  }

  private take(ready: Ready): void {
    const { world } = this.around;
    world.mark(ready.messages.length + ready.entries.length * 31 + (ready.hardState?.commit ?? 0) * 977);
    if (world.tracing) this.describe(ready);
    world.checker.ready(this.view, ready);
    world.checker.goesBy(this.view, this.node.status());
    if (ready.receipt !== null) this.writes.push(ready);
    for (const message of ready.messages) this.around.send(message);
    this.unapplied.push(...ready.committed);
    this.confirmedReads.push(...ready.readStates);
    for (const id of ready.abortedReads) this.finishRead(id, null);
    this.startWriting();
    this.startApplying();
    this.serveReads();
  }

  private startWriting(): void {
    if (this.writing || this.writes.length === 0) return;
    this.writing = true;
    // What comes while the disk works waits for the next turn.
    const work = this.writes;
    this.writes = [];
    this.around.later(this.around.delay('disk'), () => {
      const snapshot = work.findLast((ready) => ready.snapshot !== null)?.snapshot ?? null;
      this.around.aboutToWrite(snapshot !== null);
      this.storage.write(work);
      if (snapshot !== null) this.installed(snapshot);
      this.node.persisted(work.at(-1)!.receipt!);
      this.writing = false;
      this.startWriting();
    });
  }

  private installed({ index }: Snapshot): void {
    const { world } = this.around;
    world.counts['snapshots installed']++;
    this.unapplied = this.unapplied.filter((entry) => entry.index > index);
    world.checker.applied(this.view, index, this.database.position().state);
    this.serveReads();
  }

  private startApplying(): void {
    if (this.applying || this.unapplied.length === 0) return;
    this.applying = true;
    this.around.later(this.around.delay('database'), () => {
      this.applying = false;
      const entries = this.unapplied;
      this.unapplied = [];
      if (entries.length > 0) this.apply(entries);
      this.startApplying();
    });
  }

  private apply(entries: readonly Entry[]): void {
    const { world } = this.around;
    this.database.apply(entries);
    const { index, state } = this.database.position();
    world.checker.applied(this.view, index, state);
    this.node.applied(index);
    for (const entry of entries) {
      const proposal = this.proposals.get(entry.index);
      if (proposal === undefined) continue;
      this.proposals.delete(entry.index);
      if (proposal.term !== entry.term) continue;
      world.checker.reads.writeAcknowledged(entry.index);
      proposal.acknowledged();
    }
    this.serveReads();
  }

  private serveReads(): void {
    if (this.confirmedReads.length === 0) return;
    const saw = this.database.position().index;
    const ready = this.confirmedReads.filter(({ index }) => index <= saw);
    this.confirmedReads = this.confirmedReads.filter(({ index }) => index > saw);
    for (const { id } of ready) this.finishRead(id, saw);
  }

  private finishRead(id: number, saw: number | null): void {
    const done = this.reads.get(id);
    this.reads.delete(id);
    done?.(saw);
  }

  private describe({ softState, hardState, snapshot, entries, committed }: Ready): void {
    const parts: string[] = [];
    if (softState !== null) parts.push(`is ${softState.role}, leader ${softState.leader ?? 'unknown'}`);
    if (hardState !== null) parts.push(`term ${hardState.term} vote ${hardState.vote} commit ${hardState.commit}`);
    if (snapshot !== null) parts.push(`takes the snapshot at ${snapshot.index}/${snapshot.term}`);
    if (entries.length > 0) parts.push(`appends ${entries.map(({ index, term }) => `${index}/${term}`).join(' ')}`);
    if (committed.length > 0) parts.push(`may apply to ${committed.at(-1)!.index}`);
    if (parts.length > 0) this.around.world.trace(this.id, parts.join('; '));
  }
}
