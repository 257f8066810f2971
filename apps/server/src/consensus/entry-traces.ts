import type { CommittedEntry } from '@config-guardian/raft-node';
import { tracing } from '../common/tracing';
import type { WrittenBatch } from './persister-options';

type TracedEntry = Pick<CommittedEntry, 'index' | 'data'>;

/** More would only be entries whose end was never told: a leader that was replaced, a database that stays away. */
const mostKept = 1_000;

const marker = Buffer.from('"trace":');
const traceparentLength = 55;
const quote = 0x22;
const one = 0x31;

/**
 * The traceparent in the envelope, when it is sampled. An envelope is written in a fixed order with the payload last,
 * and no string before it can hold an unescaped quote: the first match is its own, and nothing has to be parsed.
 */
export function sampledTraceOf(data: Uint8Array | null): string | undefined {
  if (data === null) return undefined;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const start = bytes.indexOf(marker);
  const from = start + marker.length + 1;
  const end = from + traceparentLength;
  // It ends in 01: the sampled flag, and the only one that is set by anybody.
  if (start < 0 || bytes[from - 1] !== quote || bytes[end - 1] !== one || bytes[end] !== quote) return undefined;
  return bytes.toString('latin1', from, end);
}

/** The spans of entries: each node tells of its own disk, state and database below the span that proposed the entry. */
export class EntryTraces {
  readonly #writing = new Map<number, number>();
  readonly #applied = new Map<number, string>();

  writing(entries: readonly TracedEntry[], startedAt: number): void {
    if (!tracing()) return;
    for (const { index, data } of entries) if (sampledTraceOf(data)) keep(this.#writing, index, startedAt);
  }

  written(entries: readonly TracedEntry[], startedAt: number): void {
    const tracer = tracing();
    if (!tracer) return;
    const now = performance.now();
    for (const { index, data } of entries) {
      const trace = sampledTraceOf(data);
      if (trace) tracer.record('sync', trace, startedAt, now, { ...at(index), [entriesOf]: entries.length });
    }
  }

  /** `leads`: this node has replicated the entries, so the time from its own write to the majority's is told as well. */
  applying<T>(entries: readonly CommittedEntry[], leads: () => boolean, apply: () => T): T {
    const tracer = tracing();
    if (!tracer) return apply();
    const startedAt = performance.now();
    const result = apply();
    const endedAt = performance.now();
    for (const { index, data } of entries) {
      const trace = sampledTraceOf(data);
      if (!trace) continue;
      const replicatedFrom = this.#writing.get(index);
      this.#writing.delete(index);
      if (replicatedFrom !== undefined && leads())
        tracer.record('replicate', trace, replicatedFrom, startedAt, at(index));
      tracer.record('apply', trace, startedAt, endedAt, { ...at(index), [entriesOf]: entries.length });
      keep(this.#applied, index, trace);
    }
    return result;
  }

  persisted({ from, to, startedAt, durable }: WrittenBatch): void {
    const tracer = tracing();
    if (!tracer || this.#applied.size === 0) return;
    const now = performance.now();
    const attributes = { [entriesOf]: to - from, 'config_guardian.durable': durable };
    for (const [index, trace] of this.#applied) {
      if (index > to) continue;
      this.#applied.delete(index);
      tracer.record('persist', trace, startedAt, now, { ...at(index), ...attributes });
    }
  }
}

const entriesOf = 'config_guardian.batch.entries';
const at = (index: number) => ({ 'config_guardian.log.index': index });

function keep<Value>(kept: Map<number, Value>, index: number, value: Value): void {
  kept.set(index, value);
  if (kept.size <= mostKept) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
