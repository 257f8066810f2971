import type { Operation } from './operation';

/** A config as the service defines it: a deletion takes a version too, and no version is ever seen twice. */
export interface ConfigState {
  readonly version: number;
  /** Null when there is none: never made, or deleted. */
  readonly value: string | null;
}

/** What an object does when one operation is executed at a time. */
export interface Specification<State, Op> {
  readonly initial: State;
  /**
   * The state after `operation`, and the very same object when it changes nothing. Undefined when its answer cannot be
   * given in this state; for an operation whose outcome is unknown, also when it would change nothing.
   */
  step(state: State, operation: Op): State | undefined;
  /** Equal for equal states, different for others. */
  keyOf(state: State): string;
  /** Whether the operation can no longer change this state nor any that follows. */
  isSpent(state: State, operation: Op): boolean;
}

/** The specification of one config in this history. */
export function versionedConfig(history: readonly Operation[]): Specification<ConfigState, Operation> {
  const owned = ownedVersions(history);
  return {
    initial: { version: 0, value: null },
    step: (state, operation) => step(state, operation, owned),
    keyOf: ({ version, value }) => `${version}=${JSON.stringify(value)}`,
    isSpent: ({ version }, { action }) =>
      (action.type === 'write' || action.type === 'delete') &&
      action.expectedVersion !== null &&
      action.expectedVersion < version,
  };
}

/** Versions that an acknowledged change says it made: no other change can have made them. This keeps the search narrow. */
function ownedVersions(history: readonly Operation[]): ReadonlySet<number> {
  const owned = new Set<number>();
  for (const { action, outcome } of history) {
    if (outcome.type !== 'done') continue;
    if (outcome.version !== null) owned.add(outcome.version);
    else if (action.type === 'delete' && action.expectedVersion !== null) owned.add(action.expectedVersion + 1);
  }
  return owned;
}

function step(state: ConfigState, { action, outcome }: Operation, owned: ReadonlySet<number>): ConfigState | undefined {
  if (action.type === 'read') return isSeen(state, outcome) ? state : undefined;
  const expected = action.type === 'create' ? null : action.expectedVersion;
  const meetsPresence = (action.type === 'create') === (state.value === null);
  const takesEffect = meetsPresence && (expected === null || expected === state.version);
  const next = { version: state.version + 1, value: action.type === 'delete' ? null : action.value };
  switch (outcome.type) {
    case 'unknown':
      return takesEffect && !owned.has(next.version) ? next : undefined;
    case 'done':
      if (!takesEffect) return undefined;
      if (outcome.version === null) return expected === null && owned.has(next.version) ? undefined : next;
      return outcome.version === next.version ? next : undefined;
    case 'missing':
      return action.type !== 'create' && state.value === null ? state : undefined;
    case 'taken':
      return action.type === 'create' && state.value !== null ? state : undefined;
    case 'conflict': {
      if (!meetsPresence || action.type === 'create' || takesEffect) return undefined;
      return outcome.currentVersion === null || outcome.currentVersion === state.version ? state : undefined;
    }
    case 'found':
      return undefined; // no change answers so
  }
}

function isSeen({ version, value }: ConfigState, outcome: Operation['outcome']): boolean {
  if (outcome.type === 'missing') return value === null;
  return outcome.type === 'found' && outcome.version === version && outcome.value === value;
}
