import type { FileSystem } from '../disk/file-system';
import { entriesIn } from './extent-entries';
import { checksumOf, encodeFrame, FRAME_HEADER, frameSize } from './frame';
import { LogPoisoned } from './log-damage';
import { LogState } from './log-state';
import { PendingBatches, portions } from './pending-batches';
import type { Configuration, HardState, LogEntry, LogIdentity, LogRecord, SnapshotMark } from './record';
import { decodeRecords, encodeEntries, encodeRecord } from './record-codec';
import type { Recovered } from './recovery';
import { recover } from './recovery';
import type { Segment } from './segment';
import { createSegment, removeDrafts, segmentSequences } from './segment';

export interface LogOptions {
  /** Size of a segment file; a larger batch gets a file of its own size. */
  readonly segmentBytes: number;
  /** A batch that grows beyond this is written and synced in several frames. */
  readonly frameBytes: number;
}

export const DEFAULT_LOG_OPTIONS: LogOptions = { segmentBytes: 16 << 20, frameBytes: 4 << 20 };

/**
 * The write-ahead log: synchronous, without clock or timer. `append` only collects; `sync` writes one frame with all that
 * was collected and makes it durable. What the accessors tell is what is durable. After an error in `sync` or `cutPrefix`
 * every call throws LogPoisoned and the process has to end.
 */
export class WriteAheadLog {
  private readonly pending: PendingBatches;
  private poison: LogPoisoned | undefined;
  private readonly state: LogState;
  private readonly segments: Segment[];
  private end: number;
  private chain: number;
  private batch: number;
  readonly identity: LogIdentity;
  readonly tornBytes: number;

  private constructor(
    private readonly fileSystem: FileSystem,
    private readonly directory: string,
    private readonly options: LogOptions,
    recovered: Recovered,
  ) {
    ({ state: this.state, segments: this.segments, end: this.end, chain: this.chain, batch: this.batch } = recovered);
    ({ identity: this.identity, tornBytes: this.tornBytes } = recovered);
    this.pending = new PendingBatches(options.frameBytes);
  }

  static exists(fileSystem: FileSystem, directory: string): boolean {
    return segmentSequences(fileSystem, directory).length > 0;
  }

  /** Begins an empty log. */
  static create(
    fileSystem: FileSystem,
    directory: string,
    identity: LogIdentity,
    options = DEFAULT_LOG_OPTIONS,
  ): WriteAheadLog {
    if (WriteAheadLog.exists(fileSystem, directory)) throw new Error(`There is a log in ${directory} already.`);
    fileSystem.makeDirectory(directory);
    removeDrafts(fileSystem, directory);
    const start = { identity, sequence: 1, firstIndex: 1, previousTerm: 0 };
    const state = new LogState(start);
    const common = { bytes: options.segmentBytes, batch: 0, previous: 0, header: state.header(start) };
    const { segment, end, checksum } = createSegment(fileSystem, directory, { ...start, ...common });
    return new WriteAheadLog(fileSystem, directory, options, {
      identity,
      state,
      segments: [segment],
      end,
      chain: checksum,
      batch: 0,
      tornBytes: 0,
    });
  }

  /** Recovers the log. Throws LogDamaged when anything but an unfinished last batch is wrong with it. */
  static open(fileSystem: FileSystem, directory: string, options = DEFAULT_LOG_OPTIONS): WriteAheadLog {
    return new WriteAheadLog(fileSystem, directory, options, recover(fileSystem, directory));
  }

  get hardState(): HardState {
    return this.state.hardState;
  }

  get configuration(): Configuration | null {
    return this.state.configuration;
  }

  /** A snapshot installation that was begun and not ended: at boot it is finished or begun anew. */
  get installing(): SnapshotMark | null {
    return this.state.installing;
  }

  get firstIndex(): number {
    return this.state.positions.firstIndex;
  }

  get lastIndex(): number {
    return this.state.positions.lastIndex;
  }

  /** The term of an entry, or of the one before the first; undefined where the log does not know. */
  termAt(index: number): number | undefined {
    return this.state.positions.termAt(index);
  }

  /** Collects entries, which discard everything from the first of them on, and a hard state. Returns the number of the batch that will hold them. */
  append(entries: readonly LogEntry[], hardState?: HardState): number {
    if (hardState !== undefined) this.collect({ type: 'hard-state', ...hardState });
    for (const part of portions(entries, this.options.frameBytes)) {
      this.appendEncoded(encodeEntries(part), part[0]!.index, part.at(-1)!.index);
    }
    return this.batch + this.pending.count;
  }

  /** The same for entries that `encodeEntries` has encoded already: `lastIndex - firstIndex + 1` of them, in order. */
  appendEncoded(records: Uint8Array, firstIndex: number, lastIndex: number): number {
    if (this.poison !== undefined) throw this.poison;
    const last = this.pending.lastIndex ?? this.lastIndex;
    if (firstIndex < this.firstIndex || firstIndex > last + 1) {
      throw new RangeError(`Entry ${firstIndex} does not continue a log that holds ${this.firstIndex} to ${last}.`);
    }
    this.pending.addEntries(records, firstIndex, lastIndex);
    return this.batch + this.pending.count;
  }

  /** Collects the membership that holds from `configuration.index` on. */
  recordConfiguration(configuration: Configuration): number {
    return this.collect({ type: 'configuration', ...configuration });
  }

  /** Collects the mark that a snapshot is about to be installed. */
  beginInstall(mark: SnapshotMark): number {
    return this.collect({ type: 'installing', ...mark });
  }

  /** Ends an installation, durably: the log goes on after `index`, with its suffix when it holds that entry. */
  endInstall(index: number, term: number): number {
    this.sync();
    this.collect({ type: 'installed', index, term, keepsSuffix: this.termAt(index) === term });
    return this.sync();
  }

  /** Writes what was collected and makes it durable. Returns the number of the last durable batch. */
  sync(): number {
    this.orPoisoned(() => {
      for (const parts of this.pending.take()) this.write(parts);
    });
    return this.batch;
  }

  /** Entries from `from` on: at least one, then as many as fit in `maxBytes`. */
  read(from: number, maxBytes: number): LogEntry[] {
    if (from < this.firstIndex)
      throw new RangeError(`Entry ${from} is no longer in the log, which begins with ${this.firstIndex}.`);
    const found: LogEntry[] = [];
    let bytes = 0;
    for (const extent of this.state.positions.extentsFrom(from)) {
      for (const entry of entriesIn(extent)) {
        if (entry.index < from) continue;
        bytes += entry.data.byteLength;
        if (found.length > 0 && bytes > maxBytes) return found;
        found.push(entry);
      }
    }
    return found;
  }

  /** Streams the entries `from` to `to`, both included, one extent of about 64 KiB in memory at a time. */
  *entries(from: number, to: number): Generator<LogEntry> {
    for (const extent of this.state.positions.extentsFrom(from)) {
      for (const entry of entriesIn(extent)) {
        if (entry.index > to) return;
        if (entry.index >= from) yield entry;
      }
    }
  }

  /**
   * Removes the segments that hold nothing above `index`, which must be committed: nothing up to it is ever overwritten.
   * The last entry always stays: the next one must not be older than it.
   */
  cutPrefix(index: number): void {
    const limit = Math.min(index, this.lastIndex - 1);
    this.orPoisoned(() => {
      while (this.segments[1] !== undefined && this.segments[1].firstIndex - 1 <= limit) {
        const [oldest] = this.segments.splice(0, 1) as [Segment];
        this.state.dropBefore(this.segments[0]!.firstIndex);
        oldest.file.close();
        this.fileSystem.remove(oldest.path);
        // One at a time, oldest first: a crash can then leave no gap between the segments.
        this.fileSystem.syncDirectory(this.directory);
      }
    });
  }

  close(): void {
    for (const segment of this.segments) segment.file.close();
    this.poison ??= new LogPoisoned('it is closed');
  }

  private collect(record: LogRecord): number {
    if (this.poison !== undefined) throw this.poison;
    this.pending.add(encodeRecord(record));
    return this.batch + this.pending.count;
  }

  private write(parts: readonly Uint8Array[]): void {
    const size = frameSize(parts.reduce((sum, part) => sum + part.byteLength, 0));
    if (this.end + size > this.segments.at(-1)!.file.size) this.roll(size);
    const active = this.segments.at(-1)!;
    const frame = encodeFrame('batch', this.batch + 1, this.chain, parts);
    active.file.writeAt(this.end, frame);
    active.file.sync();
    const place = { segment: active, start: this.end, end: this.end + frame.length };
    const payload = frame.subarray(FRAME_HEADER, FRAME_HEADER + frame.readUInt32LE(4));
    for (const record of decodeRecords(payload)) this.state.apply(record, place);
    this.batch += 1;
    this.end = place.end;
    this.chain = checksumOf(frame);
  }

  private roll(frameBytes: number): void {
    const { lastIndex } = this;
    const previousTerm = this.termAt(lastIndex) ?? 0;
    const start = {
      identity: this.identity,
      sequence: this.segments.at(-1)!.sequence + 1,
      firstIndex: lastIndex + 1,
      previousTerm,
    };
    const header = this.state.header(start);
    const headerBytes = frameSize(header.reduce((sum, part) => sum + part.byteLength, 0));
    const bytes = Math.max(this.options.segmentBytes, headerBytes + frameBytes);
    const begun = createSegment(this.fileSystem, this.directory, {
      ...start,
      header,
      bytes,
      batch: this.batch,
      previous: this.chain,
    });
    this.segments.push(begun.segment);
    this.end = begun.end;
    this.chain = begun.checksum;
  }

  private orPoisoned(work: () => void): void {
    if (this.poison !== undefined) throw this.poison;
    try {
      work();
    } catch (error) {
      this.poison = new LogPoisoned(error);
      throw this.poison;
    }
  }
}
