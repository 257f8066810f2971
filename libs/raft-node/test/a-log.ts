import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileSystem } from '../src/disk/file-system';
import { RealFileSystem } from '../src/disk/real-file-system';
import { SimulatedDisk } from '../src/disk/simulated-disk';
import type { LogEntry, LogIdentity } from '../src/wal/record';
import type { LogOptions } from '../src/wal/write-ahead-log';
import { WriteAheadLog } from '../src/wal/write-ahead-log';

export const IDENTITY: LogIdentity = { clusterId: 'cluster-1', nodeId: 'node-1', incarnation: 'life-1' };
export const SMALL: LogOptions = { segmentBytes: 4096, frameBytes: 1024 };
export const DIRECTORY = '/log';

export function anEntry(
  index: number,
  term = 1,
  data: string | Uint8Array = `entry ${index} of term ${term}`,
): LogEntry {
  return { index, term, kind: 'command', data: typeof data === 'string' ? Buffer.from(data) : data };
}

export function entriesFrom(first: number, count: number, term = 1): LogEntry[] {
  return Array.from({ length: count }, (_, position) => anEntry(first + position, term));
}

export interface SimulatedWorld {
  readonly disk: SimulatedDisk;
  readonly log: WriteAheadLog;
  reopen(): WriteAheadLog;
}

export function aSimulatedLog(seed = 1, options: LogOptions = SMALL): SimulatedWorld {
  const disk = new SimulatedDisk({ seed });
  const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, options);
  return {
    disk,
    log,
    reopen: () => {
      disk.kill();
      return WriteAheadLog.open(disk, DIRECTORY, options);
    },
  };
}

export function aTemporaryDirectory(): { readonly directory: string; remove(): void } {
  const parent = mkdtempSync(join(tmpdir(), 'raft-node-'));
  return { directory: join(parent, 'log'), remove: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Each disk that a log can stand on. */
export const DISKS: readonly (readonly [
  string,
  () => { fileSystem: FileSystem; directory: string; remove(): void },
])[] = [
  ['the operating system', () => ({ fileSystem: new RealFileSystem(), ...aTemporaryDirectory() })],
  [
    'a simulated disk',
    () => ({ fileSystem: new SimulatedDisk({ seed: 1 }), directory: DIRECTORY, remove: () => undefined }),
  ],
];

export function plain(entries: Iterable<LogEntry>): { index: number; term: number; kind: string; data: string }[] {
  return [...entries].map(({ index, term, kind, data }) => ({
    index,
    term,
    kind,
    data: Buffer.from(data).toString('latin1'),
  }));
}
