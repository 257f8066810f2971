import type { FileSystem } from '../disk/file-system';
import type { Frame } from './frame';
import { classifyTail, readFrame } from './frame';
import { LogDamaged } from './log-damage';
import { LogState } from './log-state';
import type { LogIdentity, LogRecord, SegmentStart } from './record';
import { decodeRecords } from './record-codec';
import type { Segment } from './segment';
import { removeDrafts, segmentPath, segmentSequences } from './segment';

export interface Recovered {
  readonly identity: LogIdentity;
  readonly state: LogState;
  readonly segments: Segment[];
  /** Where the next frame goes in the last segment, and what it continues. */
  readonly end: number;
  readonly chain: number;
  readonly batch: number;
  /** Bytes of an unfinished, never acknowledged batch that were cut from the end. */
  readonly tornBytes: number;
}

/** Reads the whole log, refuses what is damaged, cuts a torn tail, and makes durable everything that it has read. */
export function recover(fileSystem: FileSystem, directory: string): Recovered {
  removeDrafts(fileSystem, directory);
  const reader = new SegmentReader();
  const segments: Segment[] = [];
  const sequences = segmentSequences(fileSystem, directory);
  let last: { bytes: Buffer; tornBytes: number } = { bytes: Buffer.alloc(0), tornBytes: 0 };
  for (const [position, sequence] of sequences.entries()) {
    const path = segmentPath(directory, sequence);
    if (position > 0 && sequence !== sequences[position - 1]! + 1) {
      throw new LogDamaged(segmentPath(directory, sequences[position - 1]! + 1), 0, 'the file is missing');
    }
    const file = fileSystem.open(path);
    const bytes = file.readAt(0, file.size);
    const { segment, tornBytes } = reader.read({ sequence, path, file }, bytes, position === sequences.length - 1);
    segments.push(segment);
    last = { bytes, tornBytes };
  }
  const { identity, state, last: frame } = reader;
  const active = segments.at(-1);
  if (identity === undefined || state === undefined || frame === undefined || active === undefined)
    throw new Error(`There is no log in ${directory}.`);
  rewriteTail(active, last.bytes, frame);
  fileSystem.syncDirectory(directory);
  return {
    identity,
    state,
    segments,
    end: frame.end,
    chain: frame.checksum,
    batch: frame.batch,
    tornBytes: last.tornBytes,
  };
}

/**
 * What was read may be in the page cache only: the process before this one can have died between its write and its
 * sync, or because its sync failed, after which the kernel calls the pages clean. Only the last batch can be so (each
 * batch is written after the one before it was synced), so it is written again, with zeroes up to the end of the file,
 * and synced, before anything is said to be durable.
 */
function rewriteTail(segment: Segment, bytes: Buffer, last: Frame): void {
  bytes.fill(0, last.end);
  segment.file.writeAt(last.offset, bytes.subarray(last.offset));
  segment.file.sync();
}

class SegmentReader {
  identity: LogIdentity | undefined;
  state: LogState | undefined;
  last: Frame | undefined;

  read(opened: Omit<Segment, 'firstIndex'>, bytes: Buffer, isLast: boolean): { segment: Segment; tornBytes: number } {
    const header = this.take(opened.path, bytes, 0);
    if (header === undefined) throw new LogDamaged(opened.path, 0, 'its header is unreadable');
    const segment = this.begin(opened, header);
    for (let offset = header.end; ;) {
      const frame = this.take(opened.path, bytes, offset);
      if (frame === undefined) return { segment, tornBytes: this.end(opened.path, bytes, offset, isLast) };
      if (frame.kind === 'segment')
        throw new LogDamaged(opened.path, offset, 'a segment header stands inside a segment');
      const place = { segment, start: frame.offset, end: frame.end };
      decoded(opened.path, frame, (record) => this.state!.apply(record, place));
      offset = frame.end;
    }
  }

  /** The next frame, if it is whole and continues the chain. */
  private take(path: string, bytes: Buffer, offset: number): Frame | undefined {
    const frame = readFrame(bytes, offset);
    if (typeof frame === 'string') return undefined;
    if (this.last !== undefined) {
      const batch = this.last.batch + (frame.kind === 'batch' ? 1 : 0);
      if (frame.previous !== this.last.checksum || frame.batch !== batch) {
        throw new LogDamaged(
          path,
          offset,
          `the frame (batch ${frame.batch}) does not continue batch ${this.last.batch}: frames are missing, swapped or of another log`,
        );
      }
    }
    this.last = frame;
    return frame;
  }

  private begin(opened: Omit<Segment, 'firstIndex'>, header: Frame): Segment {
    let start: SegmentStart | undefined;
    const rest: LogRecord[] = [];
    decoded(opened.path, header, (record) => {
      if (record.type === 'segment') start = record;
      else rest.push(record);
    });
    if (start === undefined || start.sequence !== opened.sequence)
      throw new LogDamaged(opened.path, 0, 'it is not the segment that its name says');
    const segment = { ...opened, firstIndex: start.firstIndex };
    if (this.state === undefined) {
      this.identity = start.identity;
      this.state = new LogState(start);
      for (const record of rest) this.state.apply(record, { segment, start: 0, end: header.end });
    } else if (!this.continues(start)) {
      const { lastIndex } = this.state.positions;
      throw new LogDamaged(opened.path, 0, `it begins with entry ${start.firstIndex} after entry ${lastIndex}`);
    }
    return segment;
  }

  /**
   * An overwrite may have set the log back below what was released later. A crash in the midst of removing segments then
   * leaves a first segment that begins higher than the ones behind it; all that they hold below it was released.
   */
  private continues(start: SegmentStart): boolean {
    const { firstIndex, lastIndex } = this.state!.positions;
    return start.firstIndex === lastIndex + 1 || (lastIndex < firstIndex && start.firstIndex <= firstIndex);
  }

  /** A segment was synced to its end before the next one was begun, so only the last may end in a torn batch. */
  private end(path: string, bytes: Buffer, offset: number, isLast: boolean): number {
    const tail = classifyTail(bytes, offset);
    if (tail.kind === 'damaged') throw new LogDamaged(path, offset, tail.reason);
    if (tail.kind === 'clean') return 0;
    if (!isLast) throw new LogDamaged(path, offset, 'the frame is bad and a later segment follows');
    return tail.end - offset;
  }
}

function decoded(path: string, frame: Frame, take: (record: LogRecord) => void): void {
  try {
    for (const record of decodeRecords(frame.payload)) take(record);
  } catch (error) {
    throw new LogDamaged(path, frame.offset, error instanceof Error ? error.message : String(error));
  }
}
