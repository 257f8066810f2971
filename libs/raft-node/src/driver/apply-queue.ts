import type { Entry } from '@config-guardian/raft';
import type { CommittedEntry, LogConsumer } from '../replicated-log';
import { HEADER_BYTES, timeOf } from './command-header';

/** Few enough that the event loop does not wait for one batch. */
const BATCH_ENTRIES = 256;

export interface ApplyParts<Result> {
  readonly consumer: LogConsumer<Result>;
  applied(entries: readonly Entry[], results: readonly Result[]): void;
  fail(error: unknown): void;
}

/**
 * Hands committed entries to the consumer, as fast as it takes them. Each batch is applied in a turn of the event loop of
 * its own, so that nothing that runs between a read barrier and its answer sees the state move.
 */
export class ApplyQueue<Result> {
  private waiting: Entry[] = [];
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly parts: ApplyParts<Result>) {}

  add(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) this.waiting.push(entry);
    this.start();
  }

  get isIdle(): boolean {
    return this.running === undefined;
  }

  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  /** Drops what waits and applies nothing until `resume`: a snapshot takes the place of all of it. */
  suspend(): void {
    this.stopped = true;
    this.waiting = [];
  }

  resume(): void {
    this.stopped = false;
    this.start();
  }

  private start(): void {
    if (this.waiting.length === 0 || this.stopped) return;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      this.start();
    });
  }

  private async run(): Promise<void> {
    try {
      while (this.waiting.length > 0 && !this.stopped) {
        await nextTurn();
        await this.parts.consumer.ready();
        if (!this.stopped) this.apply(this.waiting.splice(0, BATCH_ENTRIES));
      }
    } catch (error) {
      this.suspend();
      this.parts.fail(error);
    }
  }

  private apply(entries: readonly Entry[]): void {
    const { consumer, applied } = this.parts;
    const last = entries.at(-1);
    if (last === undefined) return;
    const results = consumer.apply(entries.map(committed));
    if (results.length !== entries.length || consumer.appliedIndex !== last.index) {
      throw new Error(
        `The consumer took ${results.length} of ${entries.length} entries and stands at ${consumer.appliedIndex}, not ${last.index}.`,
      );
    }
    applied(entries, results);
  }
}

export function committed(entry: Entry): CommittedEntry {
  const { index, term } = entry;
  switch (entry.type) {
    case 'command':
      return { index, term, at: timeOf(entry.data), data: entry.data.subarray(HEADER_BYTES), membership: null };
    case 'no-op':
      return { index, term, at: 0, data: null, membership: null };
    case 'configuration':
      return { index, term, at: 0, data: null, membership: JSON.stringify(entry.configuration) };
    default:
      return entry satisfies never;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
