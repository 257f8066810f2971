import { join } from 'node:path';
import type { FileSystem, OpenFile } from '../disk/file-system';
import { checksumOf, encodeFrame } from './frame';

/** One preallocated file of the log. */
export interface Segment {
  readonly sequence: number;
  readonly path: string;
  readonly file: OpenFile;
  /** The index that the next entry would have had when the segment was begun: all earlier ones live in earlier segments. */
  readonly firstIndex: number;
}

const NAME = /^(\d{16})\.wal$/;
const DRAFT = /\.wal\.draft$/;

export function segmentPath(directory: string, sequence: number): string {
  return join(directory, `${String(sequence).padStart(16, '0')}.wal`);
}

export function segmentSequences(fileSystem: FileSystem, directory: string): number[] {
  const matches = fileSystem.list(directory).map((name) => NAME.exec(name)?.[1]);
  return matches.flatMap((digits) => (digits === undefined ? [] : [Number(digits)])).sort((a, b) => a - b);
}

/** What a crash left of a segment that never got its name: nothing in it was ever acknowledged. */
export function removeDrafts(fileSystem: FileSystem, directory: string): void {
  for (const name of fileSystem.list(directory)) if (DRAFT.test(name)) fileSystem.remove(join(directory, name));
}

export interface NewSegment {
  readonly sequence: number;
  readonly firstIndex: number;
  readonly bytes: number;
  readonly batch: number;
  readonly previous: number;
  readonly header: readonly Uint8Array[];
}

/** The file gets its name only when its zeroes and its header are durable: a named segment is always a whole one. */
export function createSegment(
  fileSystem: FileSystem,
  directory: string,
  start: NewSegment,
): { segment: Segment; end: number; checksum: number } {
  const path = segmentPath(directory, start.sequence);
  const frame = encodeFrame('segment', start.batch, start.previous, start.header);
  const file = fileSystem.create(`${path}.draft`, Math.max(start.bytes, frame.length));
  file.writeAt(0, frame);
  file.sync();
  fileSystem.rename(`${path}.draft`, path);
  fileSystem.syncDirectory(directory);
  const segment = { sequence: start.sequence, path, file, firstIndex: start.firstIndex };
  return { segment, end: frame.length, checksum: checksumOf(frame) };
}
