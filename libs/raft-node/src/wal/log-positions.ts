import type { Segment } from './segment';

/** Where a frame lies. */
export interface Place {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
}

/** Consecutive entries that lie in consecutive frames of one segment. */
export interface Extent {
  readonly segment: Segment;
  readonly start: number;
  end: number;
  firstIndex: number;
  lastIndex: number;
  /** Cut by an overwrite: what follows on the disk holds entries that no longer count. */
  closed: boolean;
}

const EXTENT_BYTES = 64 << 10;

/**
 * Which entries the log holds, where they lie and of what term they are, in a few bytes for each 64 KiB of log. The last
 * writer of an index wins, and takes away everything behind that index.
 */
export class LogPositions {
  private extents: Extent[] = [];
  private terms: { firstIndex: number; readonly term: number }[] = [];

  firstIndex: number;
  lastIndex: number;

  constructor(
    firstIndex: number,
    private previousTerm: number,
  ) {
    this.firstIndex = firstIndex;
    this.lastIndex = firstIndex - 1;
  }

  /** The term of an entry, or of the one before the first; undefined where the log does not know. */
  termAt(index: number): number | undefined {
    if (index === this.firstIndex - 1) return this.previousTerm;
    if (index < this.firstIndex || index > this.lastIndex) return undefined;
    let [low, high] = [0, this.terms.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.terms[middle]!.firstIndex <= index) low = middle;
      else high = middle - 1;
    }
    return this.terms[low]?.term;
  }

  add(index: number, term: number, place: Place): void {
    if (index > this.lastIndex + 1) throw new RangeError(`entry ${index} follows entry ${this.lastIndex}`);
    if (index <= this.lastIndex) this.truncateFrom(index);
    if (index < this.firstIndex) {
      // An overwrite that began below what has been cut away since: only its term at the border is still of use.
      if (index === this.firstIndex - 1) this.previousTerm = term;
      return;
    }
    this.lastIndex = index;
    if (this.terms.at(-1)?.term !== term) this.terms.push({ firstIndex: index, term });
    this.place(index, place);
  }

  private place(index: number, place: Place): void {
    const last = this.extents.at(-1);
    const follows =
      last !== undefined && !last.closed && last.segment === place.segment && last.lastIndex === index - 1;
    if (follows && last.end === place.end) last.lastIndex = index;
    else if (follows && last.end === place.start && place.end - last.start <= EXTENT_BYTES) {
      last.lastIndex = index;
      last.end = place.end;
    } else this.extents.push({ ...place, firstIndex: index, lastIndex: index, closed: false });
  }

  truncateFrom(index: number): void {
    while ((this.extents.at(-1)?.firstIndex ?? 0) >= index) this.extents.pop();
    const last = this.extents.at(-1);
    if (last !== undefined) {
      last.lastIndex = Math.min(last.lastIndex, index - 1);
      last.closed = true;
    }
    while ((this.terms.at(-1)?.firstIndex ?? 0) >= index) this.terms.pop();
    this.lastIndex = Math.max(Math.min(this.lastIndex, index - 1), this.firstIndex - 1);
  }

  /** Forgets what lies below `index`, which must be at most one beyond the last entry. */
  dropBefore(index: number): void {
    if (index <= this.firstIndex) return;
    this.previousTerm = this.termAt(index - 1) ?? this.previousTerm;
    this.firstIndex = index;
    this.extents = this.extents.filter((extent) => extent.lastIndex >= index);
    if (this.extents[0] !== undefined) this.extents[0].firstIndex = Math.max(this.extents[0].firstIndex, index);
    while (this.terms[1] !== undefined && this.terms[1].firstIndex <= index) this.terms.shift();
    if (this.lastIndex < index) this.terms = [];
    else if (this.terms[0] !== undefined) this.terms[0].firstIndex = Math.max(this.terms[0].firstIndex, index);
  }

  restartAt(firstIndex: number, previousTerm: number): void {
    [this.extents, this.terms] = [[], []];
    this.firstIndex = firstIndex;
    this.lastIndex = firstIndex - 1;
    this.previousTerm = previousTerm;
  }

  /** The position in `extents` of the one that holds `index`. */
  *extentsFrom(index: number): Generator<Readonly<Extent>> {
    let [low, high] = [0, this.extents.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.extents[middle]!.lastIndex < index) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < this.extents.length; at += 1) yield this.extents[at]!;
  }
}
