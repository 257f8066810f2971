import { entrySize, fitting } from './entry';
import type { Entry, Position } from './entry';
import { EntriesLost, invariant } from './errors';
import { UnstableLog } from './log-unstable';
import type { LogStorage, Snapshot } from './storage';

/** The log as the protocol sees it: the storage, continued by the unstable tail. */
export class RaftLog {
  readonly unstable: UnstableLog;
  committed: number;
  /** Handed out to be applied. */
  applying: number;
  applied: number;
  private handedOut: { readonly index: number; readonly size: number }[] = [];
  private applyingSize = 0;

  constructor(
    private readonly storage: LogStorage,
    commit: number,
    applied: number,
  ) {
    const last = storage.lastIndex();
    invariant(applied <= last, `the state machine is at ${applied}, ahead of the log, which ends at ${last}`);
    this.unstable = new UnstableLog(last + 1);
    this.applied = Math.max(applied, storage.firstIndex() - 1);
    this.applying = this.applied;
    this.committed = Math.max(Math.min(commit, last), this.applied);
  }

  firstIndex(): number {
    return this.unstable.snapshot === null ? this.storage.firstIndex() : this.unstable.snapshot.index + 1;
  }

  lastIndex(): number {
    return this.unstable.next - 1;
  }

  /** Up to here the log is durable on this member. */
  stableIndex(): number {
    return this.unstable.snapshot === null ? this.unstable.offset - 1 : 0;
  }

  term(index: number): number | undefined {
    if (index > this.lastIndex()) return undefined;
    if (index >= this.unstable.offset) return this.unstable.at(index).term;
    const snapshot = this.unstable.snapshot;
    if (snapshot === null) return this.storage.term(index);
    return index === snapshot.index ? snapshot.term : undefined;
  }

  lastTerm(): number {
    const term = this.term(this.lastIndex());
    invariant(term !== undefined, `the term of the last entry, ${this.lastIndex()}, is not known`);
    return term;
  }

  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Raft 5.4.1: the later last term wins, then the longer log. */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const term = this.lastTerm();
    return lastTerm > term || (lastTerm === term && lastIndex >= this.lastIndex());
  }

  /** Entries from `lo` up to but not including `hi`, cut to `maxSize` but never to nothing. */
  slice(lo: number, hi: number, maxSize: number): readonly Entry[] {
    if (lo >= hi) return [];
    const offset = this.unstable.offset;
    if (lo >= offset) return cut(this.unstable.slice(lo, hi), maxSize);
    const stable = this.storage.entries(lo, Math.min(hi, offset), maxSize);
    if (hi <= offset || lo + stable.length < offset) return stable;
    const rest = maxSize - stable.reduce((sum, entry) => sum + entrySize(entry), 0);
    const first = this.unstable.at(offset);
    return entrySize(first) > rest ? stable : [...stable, ...cut(this.unstable.slice(offset, hi), rest)];
  }

  /** The leader's own append, always at the end. */
  append(entries: readonly Entry[]): void {
    this.unstable.append(entries);
  }

  /** The follower's append: skips what is already held, overwrites from the first difference. Returns what was new. */
  extend(entries: readonly Entry[]): readonly Entry[] {
    let same = 0;
    while (same < entries.length && this.matches(entries[same]!.index, entries[same]!.term)) same++;
    if (same === entries.length) return [];
    const fresh = same === 0 ? entries : entries.slice(same);
    const first = fresh[0]!.index;
    invariant(first > this.committed, `entry ${first} is committed and must not be overwritten (at ${this.committed})`);
    this.unstable.append(fresh);
    return fresh;
  }

  /**
   * The highest position at or before `index` whose term is at most `term`: no position between can match a log that
   * has `term` at `index` or before. Skips a whole term at a time when probing (Raft 5.3, end).
   */
  conflictAt(index: number, term: number): Position {
    for (let at = index; at > 0; at--) {
      const own = this.term(at);
      if (own === undefined) return { index: at, term: 0 };
      if (own <= term) return { index: at, term: own };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): boolean {
    if (index <= this.committed) return false;
    const last = this.lastIndex();
    if (index > last)
      throw new EntriesLost(`commit ${index} is beyond the end of the log, ${last}: acknowledged entries were lost`);
    this.committed = index;
    return true;
  }

  restore(snapshot: Snapshot): void {
    this.unstable.restore(snapshot);
    this.committed = snapshot.index;
    this.applying = snapshot.index;
    this.handedOut = [];
    this.applyingSize = 0;
  }

  /** Only what is durable here is applied, even when the others have committed beyond it. */
  hasNextCommitted(maxApplyingSize: number): boolean {
    return this.applying < Math.min(this.committed, this.stableIndex()) && this.applyingSize < maxApplyingSize;
  }

  nextCommitted(maxApplyingSize: number): readonly Entry[] {
    if (!this.hasNextCommitted(maxApplyingSize)) return [];
    const hi = Math.min(this.committed, this.stableIndex()) + 1;
    const entries = this.slice(this.applying + 1, hi, maxApplyingSize - this.applyingSize);
    const size = entries.reduce((sum, entry) => sum + entrySize(entry), 0);
    this.applying += entries.length;
    this.applyingSize += size;
    this.handedOut.push({ index: this.applying, size });
    return entries;
  }

  appliedTo(index: number): void {
    invariant(index <= this.committed, `${index} cannot be applied: only ${this.committed} is committed`);
    this.applied = Math.max(this.applied, index);
    this.applying = Math.max(this.applying, this.applied);
    while (this.handedOut.length > 0 && this.handedOut[0]!.index <= this.applied) {
      this.applyingSize -= this.handedOut.shift()!.size;
    }
  }

  snapshotToSend(): Snapshot | null {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }
}

function cut(entries: Entry[], maxSize: number): Entry[] {
  const end = fitting(entries, 0, entries.length, maxSize);
  if (end < entries.length) entries.length = end;
  return entries;
}
