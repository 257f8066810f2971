export const INVARIANTS = [
  'Election Safety',
  'Leader Append-Only',
  'Log Matching',
  'Leader Completeness',
  'Own Term Commits',
  'State Machine Safety',
  'Monotone Commit',
  'Monotone Applied',
  'One Change At A Time',
  'Newest Configuration Counts',
  'Acknowledged Is Durable',
  'Promised Is Durable',
  'One Vote A Term',
  'Applied Is Synced',
  'Linearizable Reads',
  'Damage Is Detected',
  'Progress',
] as const;

export type Invariant = (typeof INVARIANTS)[number];

/** What must never be was seen. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly invariant: Invariant,
    readonly detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

export function require(holds: boolean, invariant: Invariant, detail: () => string): asserts holds {
  if (!holds) throw new Violation(invariant, detail());
}
