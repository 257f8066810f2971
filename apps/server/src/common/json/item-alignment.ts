export type AlignmentStep = 'keep' | 'change' | 'remove' | 'add';

export interface Alignment {
  readonly steps: readonly AlignmentStep[];
  /** Cells of tables that were filled in. */
  readonly work: number;
}

/**
 * How to get from one sequence to another: equal ends are set aside, and what is between them is aligned by a longest
 * common subsequence where its table fits the budget. A longer middle is first cut at items that each side has once
 * (patience diff), which is nearly linear; a piece that still does not fit is told place by place. Items removed and
 * added at the same place count as changed.
 */
export function alignItems(before: readonly number[], after: readonly number[], budget: number): Alignment {
  const writer = new AlignmentWriter(before, after, budget);
  writer.align({ old: 0, now: 0 }, { old: before.length, now: after.length }, true);
  return { steps: writer.steps, work: writer.work };
}

/** A place in each sequence. */
interface Places {
  readonly old: number;
  readonly now: number;
}

class AlignmentWriter {
  readonly steps: AlignmentStep[] = [];
  work = 0;

  constructor(
    private readonly before: readonly number[],
    private readonly after: readonly number[],
    private readonly budget: number,
  ) {}

  align(from: Places, to: Places, mayCut: boolean): void {
    let [old, now] = [from.old, from.now];
    let [oldEnd, nowEnd] = [to.old, to.now];
    for (; old < oldEnd && now < nowEnd && this.before[old] === this.after[now]; old++, now++) this.steps.push('keep');
    let tail = 0;
    for (; old < oldEnd && now < nowEnd && this.before[oldEnd - 1] === this.after[nowEnd - 1]; tail++) {
      oldEnd--;
      nowEnd--;
    }
    this.alignMiddle({ old, now }, { old: oldEnd, now: nowEnd }, mayCut);
    for (; tail > 0; tail--) this.steps.push('keep');
  }

  private alignMiddle(from: Places, to: Places, mayCut: boolean): void {
    const [removed, added] = [to.old - from.old, to.now - from.now];
    const cells = (removed + 1) * (added + 1);
    if (removed === 0 || added === 0) return this.replace(removed, added);
    if (this.work + cells <= this.budget) {
      this.work += cells;
      return this.alignBySubsequence(from, to);
    }
    if (!mayCut) return this.replace(removed, added);
    let at = from;
    for (const anchor of this.anchors(from, to)) {
      this.align(at, anchor, false);
      this.steps.push('keep');
      at = { old: anchor.old + 1, now: anchor.now + 1 };
    }
    this.align(at, to, false);
  }

  /** The longest run, in the order of both, of items that are there exactly once on each side. */
  private anchors(from: Places, to: Places): readonly Places[] {
    const once = placesOfUnique(this.before, from.old, to.old);
    const pairs: Places[] = [];
    for (const [item, now] of placesOfUnique(this.after, from.now, to.now)) {
      const old = once.get(item);
      if (old !== undefined) pairs.push({ old, now });
    }
    return longestRising(pairs.sort((one, other) => one.now - other.now));
  }

  private alignBySubsequence(from: Places, to: Places): void {
    const { before, after } = this;
    const width = to.now - from.now + 1;
    // lengths[i * width + j]: of the longest common subsequence of before[from.old + i..] and after[from.now + j..]
    const lengths = new Uint32Array((to.old - from.old + 1) * width);
    const at = (old: number, now: number): number => lengths[(old - from.old) * width + now - from.now] ?? 0;
    for (let old = to.old - 1; old >= from.old; old--) {
      for (let now = to.now - 1; now >= from.now; now--) {
        lengths[(old - from.old) * width + now - from.now] =
          before[old] === after[now] ? at(old + 1, now + 1) + 1 : Math.max(at(old + 1, now), at(old, now + 1));
      }
    }
    let [old, now, removed, added] = [from.old, from.now, 0, 0];
    while (old < to.old || now < to.now) {
      if (old < to.old && now < to.now && before[old] === after[now]) {
        this.replace(removed, added);
        this.steps.push('keep');
        removed = added = 0;
        old++;
        now++;
      } else if (now >= to.now || (old < to.old && at(old + 1, now) >= at(old, now + 1))) {
        removed++;
        old++;
      } else {
        added++;
        now++;
      }
    }
    this.replace(removed, added);
  }

  private replace(removed: number, added: number): void {
    const both = Math.min(removed, added);
    for (let index = 0; index < both; index++) this.steps.push('change');
    for (let index = both; index < removed; index++) this.steps.push('remove');
    for (let index = both; index < added; index++) this.steps.push('add');
  }
}

function placesOfUnique(items: readonly number[], start: number, end: number): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (let at = start; at < end; at++) places.set(items[at] ?? 0, places.has(items[at] ?? 0) ? -1 : at);
  for (const [item, at] of places) if (at < 0) places.delete(item);
  return places;
}

/** The longest subsequence in which `old` rises, too: each pair goes on the leftmost pile whose top is not smaller. */
function longestRising(pairs: readonly Places[]): readonly Places[] {
  const tops: number[] = [];
  const previous = new Int32Array(pairs.length);
  const oldAt = (index: number | undefined): number => (index === undefined ? -1 : (pairs[index]?.old ?? -1));
  for (let index = 0; index < pairs.length; index++) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (oldAt(tops[middle]) < oldAt(index)) low = middle + 1;
      else high = middle;
    }
    previous[index] = tops[low - 1] ?? -1;
    tops[low] = index;
  }
  const rising: Places[] = [];
  for (let index = tops.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair) rising.push(pair);
  }
  return rising.reverse();
}
