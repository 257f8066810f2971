import { groupBy } from './group-by';
import { defaultLimit, searchLinearization } from './linearizability';
import type { Verdict } from './linearizability';
import { isUnknown } from './operation';
import type { Operation } from './operation';
import { tellStory } from './story';
import { versionedConfig } from './versioned-config';
import type { ConfigState } from './versioned-config';

export interface CheckedHistory {
  readonly operations: number;
  readonly keys: number;
  /** Configurations that all searches visited together. */
  readonly configurations: number;
  /** A story for each key that is not linearizable, and a line for each that could not be decided. */
  readonly failures: readonly string[];
}

/** Linearizability is a property of each object alone (Herlihy and Wing 1990), so every key is searched by itself. */
export function checkHistory(history: readonly Operation[], limit = defaultLimit): CheckedHistory {
  const failures: string[] = [];
  let configurations = 0;
  const keys = groupBy(history, ({ key }) => key);
  for (const [key, operations] of keys) {
    const verdict = checkConfig(operations, limit);
    configurations += verdict.configurations;
    if (verdict.type === 'undecided')
      failures.push(`config "${key}": undecided after ${verdict.configurations} configurations`);
    if (verdict.type === 'not-linearizable') failures.push(tellStory(shortestFailingPrefix(operations, limit)));
  }
  return { operations: history.length, keys: keys.size, configurations, failures };
}

/** The history of one config. */
export function checkConfig(operations: readonly Operation[], limit = defaultLimit): Verdict<ConfigState, Operation> {
  const told = operations.filter((operation) => !(operation.action.type === 'read' && isUnknown(operation)));
  return searchLinearization(versionedConfig(told), told, limit);
}

export interface FailingPrefix {
  readonly operations: readonly Operation[];
  /** The one whose answer can no longer be explained. */
  readonly last: Operation;
  readonly verdict: Extract<Verdict<ConfigState, Operation>, { type: 'not-linearizable' }>;
}

/** What is linearizable has only linearizable prefixes, so the shortest one that is not can be searched by halves. */
export function shortestFailingPrefix(operations: readonly Operation[], limit = defaultLimit): FailingPrefix {
  const returns = operations.filter((operation) => !isUnknown(operation)).sort((a, b) => a.returned - b.returned);
  const failing = (length: number): FailingPrefix | undefined => {
    const last = returns[length - 1];
    if (last === undefined) return undefined;
    const prefix = prefixUntil(operations, last.returned);
    const verdict = checkConfig(prefix, limit);
    return verdict.type === 'not-linearizable' ? { operations: prefix, last, verdict } : undefined;
  };
  let [good, bad] = [0, returns.length];
  let shortest = failing(bad);
  if (shortest === undefined) throw new Error('the history is linearizable');
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const found = failing(middle);
    if (found === undefined) good = middle;
    else [bad, shortest] = [middle, found];
  }
  return shortest;
}

/** What was known at that moment: of operations under way nobody knew the outcome yet. */
function prefixUntil(operations: readonly Operation[], moment: number): readonly Operation[] {
  return operations
    .filter(({ called }) => called <= moment)
    .map((operation) =>
      operation.returned <= moment
        ? operation
        : { ...operation, outcome: { type: 'unknown' }, returned: Infinity, returnedMs: Infinity },
    );
}
