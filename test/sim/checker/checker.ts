import type { WriteAheadLog } from '../../../libs/raft-node/src/wal/write-ahead-log';
import type { Configuration, Entry, MemberId, MemberStatus, Ready, Status } from '@config-guardian/raft';
import { Decided } from './decided';
import { DurableLog } from './durable-log';
import { EntryRegistry } from './entries';
import { MemberView } from './member-view';
import { Promises } from './promises';
import { ReadOrder } from './read-order';
import { require } from './violation';

/** What a member starts from, as its storage tells it. */
export interface Booted {
  readonly term: number;
  readonly vote: MemberId | null;
  readonly commit: number;
  readonly applied: number;
  readonly configuration: Configuration;
  readonly base: { readonly index: number; readonly term: number };
  readonly entries: readonly Entry[];
}

/** Sees every step of every member as its driver and its disk see it, and says so when Raft's promises are broken. */
export class Checker {
  readonly entries = new EntryRegistry();
  readonly decided: Decided;
  readonly reads = new ReadOrder();
  readonly views = new Map<MemberId, MemberView>();
  private readonly leaders = new Map<number, MemberId>();
  private readonly promises = new Promises(this.views);

  constructor(formedWith: Configuration) {
    this.decided = new Decided(this.entries, formedWith);
  }

  get elections(): number {
    return this.leaders.size;
  }

  /** A member that begins with an empty disk. */
  newMember(id: MemberId): MemberView {
    const view = new MemberView(id, new DurableLog());
    this.views.set(id, view);
    return view;
  }

  booted(view: MemberView, at: Booted): void {
    view.role = 'follower';
    ({ term: view.term, vote: view.vote, commit: view.commit } = at);
    view.handedOut = at.applied;
    view.applied = at.applied;
    view.log.restart(at.base);
    view.configurations = [{ index: at.applied, configuration: at.configuration }];
    for (const entry of at.entries) {
      if (entry.type === 'configuration' && entry.index <= at.applied) view.log.put(entry);
      else view.put(entry);
    }
  }

  /** The work of one Ready, before the driver does any of it. */
  ready(view: MemberView, ready: Ready): void {
    const { hardState, softState, snapshot, entries } = ready;
    const configurationBefore = view.configuration;
    const configurationIndexBefore = view.configurationIndex;
    const leads = (softState?.role ?? view.role) === 'leader';
    const led = view.role === 'leader' && leads && !(hardState !== null && hardState.term > view.term);
    if (hardState !== null) this.moveTerm(view, hardState.term, hardState.vote);
    if (snapshot !== null) this.takeSnapshot(view, ready, led);
    if (entries.length > 0) this.append(view, entries, led);
    if (leads && !led) this.elected(view);
    if (softState !== null) view.role = softState.role;
    if (hardState !== null) this.commit(view, hardState.commit, configurationBefore, configurationIndexBefore);
    const changes = led && view.configurationIndex !== configurationIndexBefore;
    require(!changes || view.commit >= view.leadsFrom, 'One Change At A Time', () =>
      `${view.id} changes the configuration at ${view.configurationIndex} before its term has committed anything`);
    require(view.uncommittedChanges(this.decided.lastIndex) <= 1, 'One Change At A Time', () =>
      `${view.id} holds ${view.uncommittedChanges(this.decided.lastIndex)} uncommitted configurations`);
    if (ready.committed.length > 0) this.handOut(view, ready.committed);
    for (const message of ready.messages) this.promises.leaves(view, message);
  }

  /** The state machine has taken entries: it must now be in the one state there is at that index. */
  applied(view: MemberView, index: number, state: number): void {
    require(index >= view.applied, 'Monotone Applied', () => `${view.id} went from ${view.applied} back to ${index}`);
    view.applied = index;
    require(state === this.decided.stateAt(index), 'State Machine Safety', () =>
      `${view.id} is in another state than the decided one at ${index}`);
  }

  private moveTerm(view: MemberView, term: number, vote: MemberId | null): void {
    require(term >= view.term, 'One Vote A Term', () => `${view.id} went from term ${view.term} back to ${term}`);
    require(term > view.term || view.vote === null || vote === view.vote, 'One Vote A Term', () =>
      `${view.id} voted for ${view.vote} and then for ${vote} in term ${term}`);
    view.term = term;
    view.vote = vote;
  }

  private takeSnapshot(view: MemberView, { snapshot }: Ready, led: boolean): void {
    const { index, term, configuration } = snapshot!;
    require(!led, 'Leader Append-Only', () => `leader ${view.id} replaces its log by a snapshot`);
    require(this.decided.termAt(index) === term, 'State Machine Safety', () =>
      `${view.id} takes a snapshot at (${index}, term ${term}), decided is term ${this.decided.termAt(index)}`);
    view.log.restart({ index, term });
    view.configurations = [{ index, configuration }];
    view.handedOut = index;
  }

  private append(view: MemberView, entries: readonly Entry[], led: boolean): void {
    const first = entries[0]!.index;
    require(!led || first === view.log.lastIndex + 1, 'Leader Append-Only', () =>
      `leader ${view.id} overwrites ${first}, its log ends at ${view.log.lastIndex}`);
    require(first > view.log.base && first <= view.log.lastIndex + 1, 'Log Matching', () =>
      `${view.id} writes ${first} into a log of ${view.log.base + 1} to ${view.log.lastIndex}`);
    for (const entry of entries) {
      this.entries.note(entry, view.log.termAt(entry.index - 1)!, view.id);
      view.put(entry);
    }
  }

  private elected(view: MemberView): void {
    const { term, id } = view;
    const other = this.leaders.get(term);
    require(other === undefined, 'Election Safety', () => `${other} and ${id} both lead term ${term}`);
    this.leaders.set(term, id);
    this.promises.elected(view);
    view.leadsFrom = view.log.lastIndex;
    this.mustHold(view, this.decided.lastBefore(term));
  }

  private commit(view: MemberView, commit: number, before: Configuration, beforeIndex: number): void {
    require(commit >= view.commit, 'Monotone Commit', () => `${view.id} went from ${view.commit} back to ${commit}`);
    if (commit === view.commit) return;
    view.commit = commit;
    const known = this.decided.lastIndex;
    require(commit <= view.log.lastIndex, 'State Machine Safety', () =>
      `${view.id} commits ${commit}, its log ends at ${view.log.lastIndex}`);
    if (!this.decided.extend(view.log, commit, view.term, view.id)) return;
    require(view.log.termAt(commit) === view.term, 'Own Term Commits', () =>
      `${view.id} commits up to ${commit} of term ${view.log.termAt(commit)} by counting in term ${view.term}`);
    // A leader that appends a configuration while it commits has counted first by the one before, then by the new one.
    const changed = view.configurationIndex !== beforeIndex;
    if (changed && beforeIndex > known) this.heldByQuorum(before, beforeIndex, view);
    if (!changed || !this.isHeldByQuorum(before, commit)) this.heldByQuorum(view.configuration, commit, view);
    for (const other of this.views.values()) {
      if (other.role === 'leader' && other.term > view.term) this.mustHold(other, commit);
    }
  }

  /** Leader Completeness: a leader holds what is committed in any earlier term, also when that happens after its election. */
  private mustHold({ id, term, log }: MemberView, index: number): void {
    require(index <= log.base || log.termAt(index) === this.decided.termAt(index), 'Leader Completeness', () =>
      `${id} leads term ${term} without the committed entry ${index} (term ${this.decided.termAt(index)})`);
  }

  private heldByQuorum(configuration: Configuration, index: number, view: MemberView): void {
    require(this.isHeldByQuorum(configuration, index), 'Acknowledged Is Durable', () => {
      const holders = [...this.views.values()].filter((other) => this.holds(other.id, index)).map(({ id }) => id);
      return `${view.id} commits ${index} in term ${view.term}, on disk it is at ${holders.join(' ') || 'no member'}`;
    });
  }

  /** On their disks, as if all crashed now, by a majority of each half. */
  isHeldByQuorum({ voters, outgoing }: Configuration, index: number, without: MemberId | null = null): boolean {
    return [voters, outgoing].every((half) => {
      const holders = half.filter((id) => id !== without && this.holds(id, index)).length;
      return half.length === 0 || holders > half.length / 2;
    });
  }

  private holds(id: MemberId, index: number): boolean {
    const log = this.views.get(id)?.durable.log;
    return log !== undefined && (index < log.base || log.termAt(index) === this.decided.termAt(index));
  }

  private handOut(view: MemberView, committed: readonly Entry[]): void {
    const last = committed.at(-1)!;
    require(committed[0]!.index === view.handedOut + 1, 'Monotone Applied', () =>
      `${view.id} is to apply ${committed[0]!.index} after ${view.handedOut}`);
    require(last.index <= view.commit, 'State Machine Safety', () =>
      `${view.id} is to apply ${last.index}, committed is ${view.commit}`);
    require(view.durable.log.termAt(last.index) === last.term, 'Applied Is Synced', () =>
      `${view.id} is to apply ${last.index}, which is not on its own disk`);
    view.handedOut = last.index;
  }

  /**
   * What a leader believes of the others: as long as a member has not gone on to a later term, its disk holds all that
   * this leader counts it for.
   */
  believes(view: MemberView, progress: readonly MemberStatus[]): void {
    for (const { member, match } of progress) {
      const durable = this.views.get(member)?.durable;
      if (durable === undefined || durable.term > view.term || match <= Math.max(view.log.base, durable.log.base))
        continue;
      require(durable.log.termAt(match) === view.log.termAt(match), 'Acknowledged Is Durable', () =>
        `${view.id} counts ${member} for ${match} (term ${view.log.termAt(match)}), its disk ends at ${durable.log.lastIndex}`);
    }
  }

  /** A member goes by the newest configuration in its log, committed or not (thesis 4.1). */
  goesBy(view: MemberView, { configurationIndex }: Status): void {
    require(configurationIndex === view.configurationIndex, 'Newest Configuration Counts', () =>
      `${view.id} goes by the configuration at ${configurationIndex}, the newest in its log is at ${view.configurationIndex}`);
  }

  /** The log of a member begins with `firstIndex` now: what went must be in its database, durably. */
  cut(view: MemberView, firstIndex: number, durable: number): void {
    require(firstIndex - 1 <= durable, 'Acknowledged Is Durable', () =>
      `${view.id} has cut its log up to ${firstIndex - 1}, its database is durable up to ${durable}`);
  }

  /** What a member must still have after the crash that it is in. */
  kept({ durable }: MemberView): Kept {
    return { term: durable.term, vote: durable.vote, held: durable.log.heldOf(this.decided) };
  }

  /** After a crash nothing that was durable may be gone, and nothing that was promised. */
  recovered(view: MemberView, before: Kept, log: WriteAheadLog, applied: number): void {
    const { durable, id } = view;
    const { term, vote, held } = before;
    durable.recovered(log);
    const kept = durable.term > term || (durable.term === term && (vote === null || durable.vote === vote));
    require(kept, 'Promised Is Durable', () =>
      `${id} had term ${term} and vote ${vote} on disk, after a crash ${durable.term} and ${durable.vote}`);
    const still = durable.log.heldOf(this.decided);
    require(still >= held, 'Acknowledged Is Durable', () => `${id} held ${held} on disk, after a crash only ${still}`);
    require(applied >= durable.log.base, 'Acknowledged Is Durable', () =>
      `${id} has applied ${applied}, its log begins after ${durable.log.base}`);
    const installed = log.installing?.index === applied;
    require(installed || applied <= durable.log.lastIndex, 'Applied Is Synced', () =>
      `${id} has applied ${applied}, its log ends at ${durable.log.lastIndex}`);
  }

  /** The disk of a member as it would be if everything crashed now, read by the real recovery. */
  inspected({ id, durable }: MemberView, log: WriteAheadLog): void {
    const found = new DurableLog();
    found.recovered(log);
    require(found.term === durable.term && found.vote === durable.vote, 'Promised Is Durable', () =>
      `${id} would come back with term ${found.term} and vote ${found.vote}, not ${durable.term} and ${durable.vote}`);
    const [held, wanted] = [found.log.heldOf(this.decided), durable.log.heldOf(this.decided)];
    require(held === wanted, 'Acknowledged Is Durable', () => `${id} would come back with ${held}, not with ${wanted}`);
  }
}

export interface Kept {
  readonly term: number;
  readonly vote: MemberId | null;
  readonly held: number;
}
