import type { Entry, Ready, Snapshot, StorageReceipt } from '@config-guardian/raft';
import { entrySize } from '@config-guardian/raft';
import type { DurableLog, LogWrite } from '../durable-log';
import { encodeConfiguration, toLogEntry } from '../raft-storage';
import type { HardState, LogEntry } from '../wal/record';
import type { LogCache } from './log-cache';

/** Puts the snapshot that the core handed out in the place of the state; resolves when that is durable. */
export type InstallState = (snapshot: Snapshot) => Promise<void>;

export type ObserveWrite = (entries: readonly LogEntry[]) => () => void;

export interface WriterParts {
  readonly log: DurableLog;
  readonly cache: LogCache;
  readonly maxWriteBytes: number;
  readonly install: InstallState;
  /** Told before a write of these entries; what it gives is called when they are durable. */
  readonly observe?: ObserveWrite;
  /** All writes up to this one are durable, and the cache shows them. */
  persisted(receipt: StorageReceipt): void;
  fail(error: unknown): void;
}

/** Writes what the core hands out, in order, one sync at a time: what comes while a sync runs shares the next one. */
export class LogWriter {
  private waiting: Ready[] = [];
  private running: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly parts: WriterParts,
    private promised: HardState,
  ) {}

  add(ready: Ready): void {
    this.waiting.push(ready);
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  end(): void {
    this.ended = true;
  }

  private async run(): Promise<void> {
    try {
      while (this.waiting.length > 0 && !this.ended) await this.next();
    } catch (error) {
      this.ended = true;
      this.parts.fail(error);
    }
  }

  private async next(): Promise<void> {
    const { cache, persisted } = this.parts;
    const work = this.take();
    const [first] = work;
    if (first!.snapshot !== null) await this.install(first!, first!.snapshot);
    else await this.write(this.stepsOf(work));
    if (this.ended) return;
    for (const ready of work) cache.wrote(ready);
    persisted(work.at(-1)!.receipt!);
  }

  private async write(steps: readonly LogWrite[]): Promise<void> {
    const { log, observe } = this.parts;
    const written = observe?.(steps.length === 1 ? steps[0]!.entries : steps.flatMap(({ entries }) => entries));
    await log.write(steps);
    written?.();
  }

  /** As much as one sync should cover. A snapshot comes alone: its installation is several steps with the state between. */
  private take(): Ready[] {
    let [count, bytes] = [0, 0];
    for (const { snapshot, entries } of this.waiting) {
      bytes += weightOf(entries);
      if (count > 0 && (snapshot !== null || bytes > this.parts.maxWriteBytes)) break;
      count += 1;
      if (snapshot !== null) break;
    }
    return this.waiting.splice(0, count);
  }

  /** The mark comes first: a state that stands ahead of its log would otherwise look like a lost log. */
  private async install({ hardState, entries }: Ready, snapshot: Snapshot): Promise<void> {
    const { log, cache, install } = this.parts;
    const { index, term, configuration } = snapshot;
    const promise = hardState === null ? null : this.newPromise(hardState);
    if (promise !== null) await log.write([{ hardState: promise, entries: [] }]);
    await log.beginInstall({ index, term, configuration: encodeConfiguration(configuration) });
    await install(snapshot);
    await log.endInstall(index, term);
    cache.installed(snapshot);
    if (entries.length > 0) await log.write([{ hardState: null, entries: entries.map(toLogEntry) }]);
  }

  /** Entries that go on where those before ended are one run, as long as no term or vote stands between. */
  private stepsOf(work: readonly Ready[]): LogWrite[] {
    const steps: { readonly hardState: LogWrite['hardState']; readonly entries: LogEntry[] }[] = [];
    for (const { hardState, entries } of work) {
      const promise = hardState === null ? null : this.newPromise(hardState);
      const last = steps.at(-1);
      const follows = entries.length === 0 || last?.entries.at(-1)?.index === entries[0]!.index - 1;
      if (last === undefined || promise !== null || !follows) {
        steps.push({ hardState: promise, entries: entries.map(toLogEntry) });
      } else for (const entry of entries) last.entries.push(toLogEntry(entry));
    }
    return steps;
  }

  /** The commit index moves all the time and need not be kept: only a term or vote that differs is written. */
  private newPromise({ term, vote }: HardState): HardState | null {
    if (term === this.promised.term && vote === this.promised.vote) return null;
    return (this.promised = { term, vote });
  }
}

function weightOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entrySize(entry), 0);
}
