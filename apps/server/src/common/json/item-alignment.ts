export type AlignmentStep = 'keep' | 'change' | 'remove' | 'add';

export interface Alignment {
  readonly steps: readonly AlignmentStep[];
  /** Cells of the table that were filled in. */
  readonly work: number;
}

/**
 * How to get from one sequence to another: a longest common subsequence after equal ends are set aside, where what is
 * left fits the budget; otherwise place by place. Items removed and added at the same place count as changed.
 */
export function alignItems(before: readonly number[], after: readonly number[], budget: number): Alignment {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const old = before.slice(head, before.length - tail);
  const now = after.slice(head, after.length - tail);
  const work = (old.length + 1) * (now.length + 1);
  const isAffordable = work <= budget;
  const middle = isAffordable ? alignBySubsequence(old, now) : replaceInPlace(old.length, now.length);
  const steps = [...keep(head), ...middle, ...keep(tail)];
  return { steps, work: isAffordable ? work : 0 };
}

function keep(count: number): AlignmentStep[] {
  return Array.from({ length: count }, () => 'keep' as const);
}

function replaceInPlace(removed: number, added: number): AlignmentStep[] {
  const steps: AlignmentStep[] = [];
  const both = Math.min(removed, added);
  for (let index = 0; index < both; index++) steps.push('change');
  for (let index = both; index < removed; index++) steps.push('remove');
  for (let index = both; index < added; index++) steps.push('add');
  return steps;
}

function alignBySubsequence(before: readonly number[], after: readonly number[]): AlignmentStep[] {
  const width = after.length + 1;
  // lengths[i * width + j]: of the longest common subsequence of before[i..] and after[j..]
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (old: number, now: number): number => lengths[old * width + now] ?? 0;
  for (let old = before.length - 1; old >= 0; old--) {
    for (let now = after.length - 1; now >= 0; now--) {
      const longest =
        before[old] === after[now] ? at(old + 1, now + 1) + 1 : Math.max(at(old + 1, now), at(old, now + 1));
      lengths[old * width + now] = longest;
    }
  }
  const steps: AlignmentStep[] = [];
  let removed = 0;
  let added = 0;
  let old = 0;
  let now = 0;
  while (old < before.length || now < after.length) {
    if (old < before.length && now < after.length && before[old] === after[now]) {
      for (const step of replaceInPlace(removed, added)) steps.push(step);
      steps.push('keep');
      removed = added = 0;
      old++;
      now++;
    } else if (now >= after.length || (old < before.length && at(old + 1, now) >= at(old, now + 1))) {
      removed++;
      old++;
    } else {
      added++;
      now++;
    }
  }
  for (const step of replaceInPlace(removed, added)) steps.push(step);
  return steps;
}
