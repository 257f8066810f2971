import type { ReadLevel } from '../common/http/request-context';
import { inSpan } from '../common/tracing';
import type { NodeObservation } from './node-observation';

/** Counts what a read waited before it was let through or refused, and puts a span around it. */
export function observedBarrier<T>(
  observed: Pick<NodeObservation, 'onBarrier'>,
  level: ReadLevel,
  pass: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const tell = (outcome: 'passed' | 'refused') => (): void =>
    observed.onBarrier(level, outcome, (performance.now() - startedAt) / 1000);
  const passed = inSpan('read barrier', { 'config_guardian.level': level }, pass);
  passed.then(tell('passed'), tell('refused'));
  return passed;
}
