import type { Interval } from './linearizability';
import type { Specification } from './versioned-config';

/** Tries every order there is, without a thought: what the search must agree with, for histories of a few operations. */
export function hasExplanation<State, Op extends Interval>(
  specification: Specification<State, Op>,
  operations: readonly Op[],
  state = specification.initial,
): boolean {
  const owed = operations.filter(({ returned }) => returned !== Infinity);
  if (owed.length === 0) return true;
  const firstReturn = Math.min(...owed.map(({ returned }) => returned));
  return operations
    .filter(({ called }) => called <= firstReturn)
    .some((operation) => {
      const next = specification.step(state, operation);
      const rest = operations.filter((other) => other !== operation);
      return next !== undefined && hasExplanation(specification, rest, next);
    });
}
