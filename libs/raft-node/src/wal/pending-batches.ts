import type { LogEntry } from './record';

interface Batch {
  readonly parts: Uint8Array[];
  bytes: number;
  /** Of the last entry; undefined while there is none. */
  lastIndex?: number;
}

/** What was appended and not synced yet, grouped into the batches that will each become one frame. */
export class PendingBatches {
  private batches: Batch[] = [];

  constructor(private readonly batchBytes: number) {}

  get count(): number {
    return this.batches.length;
  }

  get lastIndex(): number | undefined {
    return this.batches.findLast((batch) => batch.lastIndex !== undefined)?.lastIndex;
  }

  add(records: Uint8Array): void {
    const last = this.batches.at(-1);
    if (last === undefined || (last.bytes > 0 && last.bytes + records.byteLength > this.batchBytes))
      this.batches.push({ parts: [], bytes: 0 });
    const batch = this.batches.at(-1)!;
    batch.parts.push(records);
    batch.bytes += records.byteLength;
  }

  addEntries(records: Uint8Array, firstIndex: number, lastIndex: number): void {
    // Within one frame every index is written once: that lets a reader take a frame as it comes.
    const written = this.batches.at(-1)?.lastIndex;
    if (written !== undefined && firstIndex <= written) this.batches.push({ parts: [], bytes: 0 });
    this.add(records);
    this.batches.at(-1)!.lastIndex = lastIndex;
  }

  take(): readonly (readonly Uint8Array[])[] {
    const taken = this.batches.map((batch) => batch.parts);
    this.batches = [];
    return taken;
  }
}

/** Cuts entries into portions of at most `limit` bytes of data, or of one entry. */
export function* portions(entries: readonly LogEntry[], limit: number): Generator<readonly LogEntry[]> {
  let [from, bytes] = [0, 0];
  for (const [position, entry] of entries.entries()) {
    if (position > from && bytes + entry.data.byteLength > limit) {
      yield entries.slice(from, position);
      [from, bytes] = [position, 0];
    }
    bytes += entry.data.byteLength;
  }
  if (from < entries.length) yield from === 0 ? entries : entries.slice(from);
}
