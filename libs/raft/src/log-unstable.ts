import type { Entry } from './entry';
import type { Snapshot } from './storage';

/** Entries dropped from the front are let go of at least so many at a time, so that each is moved a few times only. */
const trimAt = 32;

/** A write that was handed to the driver: after it, the durable log ends at `index`. */
interface Write {
  readonly sequence: number;
  index: number;
  readonly snapshot: Snapshot | null;
}

/**
 * The tail of the log that is not known to be durable, and the writes under way. Everything before `offset` is read
 * from the storage; everything from `offset` on is held here, whatever the storage may still hold there.
 */
export class UnstableLog {
  /** Received, not yet installed: stands for everything before `offset`. */
  snapshot: Snapshot | null = null;
  private snapshotTaken = false;
  private held: Entry[] = [];
  /** Position in `held` of the entry with index `offset`: dropping from the front moves this instead of the entries. */
  private head = 0;
  /** The first index not yet handed out to be written. */
  private untaken: number;
  private writes: Write[] = [];

  constructor(public offset: number) {
    this.untaken = offset;
  }

  get next(): number {
    return this.offset + this.held.length - this.head;
  }

  at(index: number): Entry {
    return this.held[this.head + index - this.offset]!;
  }

  slice(lo: number, hi: number): Entry[] {
    const from = this.head - this.offset;
    return this.held.slice(from + lo, from + hi);
  }

  /** Replaces what is held from the first entry's index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]!.index;
    if (first < this.next) this.truncate(first);
    for (const entry of entries) this.held.push(entry);
  }

  restore(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.snapshotTaken = false;
    this.held = [];
    this.head = 0;
    this.offset = snapshot.index + 1;
    this.untaken = this.offset;
    for (const write of this.writes) write.index = Math.min(write.index, snapshot.index);
  }

  hasUntaken(): boolean {
    return this.untaken < this.next || (this.snapshot !== null && !this.snapshotTaken);
  }

  untakenEntries(): Entry[] {
    return this.slice(this.untaken, this.next);
  }

  untakenSnapshot(): Snapshot | null {
    return this.snapshotTaken ? null : this.snapshot;
  }

  /** Everything untaken was handed out as write `sequence`. */
  take(sequence: number): void {
    this.writes.push({ sequence, index: this.next - 1, snapshot: this.untakenSnapshot() });
    this.untaken = this.next;
    this.snapshotTaken = this.snapshot !== null;
  }

  hasWrites(): boolean {
    return this.writes.length > 0;
  }

  /**
   * Write `sequence` and all before it are durable. Returns the snapshot installed by them, if any. What was
   * overwritten since a write began is not counted: `truncate` has lowered that write's index, so an old write of an
   * entry that came back with the same index and term cannot stand in for the newer one (the ABA problem).
   */
  persisted(sequence: number): Snapshot | null {
    let installed: Snapshot | null = null;
    let stable = this.offset - 1;
    while (this.writes.length > 0 && this.writes[0]!.sequence <= sequence) {
      const write = this.writes.shift()!;
      stable = Math.max(stable, write.index);
      installed = write.snapshot ?? installed;
    }
    if (installed !== null && installed === this.snapshot) this.snapshot = null;
    if (this.snapshot === null) this.dropUpTo(stable);
    return installed;
  }

  private dropUpTo(index: number): void {
    const count = Math.min(index, this.untaken - 1) - this.offset + 1;
    if (count <= 0) return;
    this.head += count;
    this.offset += count;
    if (this.head === this.held.length) {
      this.held.length = 0;
      this.head = 0;
    } else if (this.head >= trimAt && this.head * 2 > this.held.length) {
      this.held.splice(0, this.head);
      this.head = 0;
    }
  }

  private truncate(index: number): void {
    if (index < this.offset) {
      this.held.length = 0;
      this.head = 0;
      this.offset = index;
    } else {
      this.held.length = this.head + index - this.offset;
    }
    this.untaken = Math.min(this.untaken, index);
    for (const write of this.writes) write.index = Math.min(write.index, index - 1);
  }
}
