import type { ReadLevel } from '../common/http/request-context';
import { inSpan } from '../common/tracing';
import type { NodeObservation } from './node-observation';

/** Counts what a read waited before it was let through or refused, and puts a span around it. */
export function observedBarrier<T>(
  observed: Pick<NodeObservation, 'onBarrier'>,
  level: ReadLevel,
  pass: () => Promise<T>,
): Promise<T> {
  const passed = inSpan('read barrier', { 'config_guardian.level': level }, pass);
  tellOf(observed, level, passed);
  return passed;
}

const known = new WeakSet<Promise<unknown>>();

/** Counts a round that many wait for once. Returns it. */
export function observedRound<T>(observed: Pick<NodeObservation, 'onBarrier'>, round: Promise<T>): Promise<T> {
  if (known.has(round)) return round;
  known.add(round);
  tellOf(observed, 'linearizable', round);
  return round;
}

function tellOf(observed: Pick<NodeObservation, 'onBarrier'>, level: ReadLevel, passed: Promise<unknown>): void {
  const startedAt = performance.now();
  const tell = (outcome: 'passed' | 'refused') => (): void =>
    observed.onBarrier(level, outcome, (performance.now() - startedAt) / 1000);
  passed.then(tell('passed'), tell('refused'));
}
