import type { Circuit } from '../common/resilience/circuit';
import type { Circuits } from '../common/resilience/circuits';

/**
 * Around what is sent to the receiver of OTLP: one that is away is asked now and then only. Nothing is sent twice here:
 * metrics are part of what comes next, and the SDK itself sends spans again.
 */
export function otlpCircuit(circuits: Circuits, use: 'traces' | 'metrics', timeoutMs: number): Circuit {
  const bounds = { attempts: 1, failures: 3, restMs: [1_000, 30_000], atOnce: 4, waiting: 8 } as const;
  return circuits.add({ to: 'otlp', use, timeoutMs, ...bounds });
}
