import type { CommittedEntry, LogConsumer } from '../src/replicated-log';
import type { StateSnapshots } from '../src/state-snapshots';

/** A consumer that keeps what it was given, in place of the state machine. */
export class RecordingConsumer implements LogConsumer<string> {
  entries: CommittedEntry[] = [];
  readonly batches: number[] = [];
  snapshots?: StateSnapshots;
  private gate: Promise<void> | undefined;
  private open: () => void = () => undefined;
  throwAt = Infinity;

  constructor(
    public appliedIndex = 0,
    public membership = '',
  ) {}

  apply(entries: readonly CommittedEntry[]): readonly string[] {
    this.batches.push(entries.length);
    return entries.map((entry) => {
      if (entry.index >= this.throwAt) throw new Error(`cannot apply ${entry.index}`);
      if (entry.index !== this.appliedIndex + 1) throw new Error(`${entry.index} does not follow ${this.appliedIndex}`);
      this.entries.push(entry);
      this.appliedIndex = entry.index;
      this.membership = entry.membership ?? this.membership;
      return `result ${entry.index}`;
    });
  }

  ready(): Promise<void> {
    return this.gate ?? Promise.resolve();
  }

  close(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }

  reopen(): void {
    this.open();
    this.gate = undefined;
  }

  get commands(): string[] {
    return this.entries.flatMap(({ data }) => (data === null ? [] : [Buffer.from(data).toString()]));
  }

  /** The stamps of commands. */
  get times(): number[] {
    return this.entries.flatMap(({ at, data }) => (data === null ? [] : [at]));
  }
}

export function bytes(text: string): Buffer {
  return Buffer.from(text);
}
