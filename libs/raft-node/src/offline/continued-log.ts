import type { Configuration, Position } from '@config-guardian/raft';
import type { FileSystem } from '../disk/file-system';
import { RealFileSystem } from '../disk/real-file-system';
import { stamp, withHeader } from '../driver/command-header';
import { encodeConfiguration } from '../raft-storage';
import type { LogEntry, LogIdentity } from '../wal/record';
import { DEFAULT_LOG_OPTIONS, WriteAheadLog } from '../wal/write-ahead-log';

/** Where a log goes on that did not begin at index 1. */
export interface LogContinuation {
  readonly identity: LogIdentity;
  readonly configuration: Configuration;
  /** The state machine stands here: the log begins with the entry after it. */
  readonly after: Position;
  /** What follows `after`, in order. */
  readonly entries?: Iterable<LogEntry>;
}

const entriesInOneSync = 1_000;

/** Writes such a log into an empty directory; durable when it returns. For commands on a node that is stopped. */
export function writeContinuedLog(
  directory: string,
  { identity, configuration, after, entries = [] }: LogContinuation,
  fileSystem: FileSystem = new RealFileSystem(),
): void {
  fileSystem.makeDirectory(directory);
  const log = WriteAheadLog.create(fileSystem, directory, identity, DEFAULT_LOG_OPTIONS);
  try {
    const data = encodeConfiguration(configuration);
    log.recordConfiguration({ index: after.index, data });
    if (after.index > 0) {
      log.beginInstall({ ...after, configuration: data });
      log.endInstall(after.index, after.term);
    }
    let batch: LogEntry[] = [];
    for (const entry of entries) {
      batch.push(entry);
      if (batch.length < entriesInOneSync) continue;
      log.append(batch);
      log.sync();
      batch = [];
    }
    log.append(batch, { term: Math.max(after.term, log.hardState.term, batch.at(-1)?.term ?? 0), vote: null });
    log.sync();
  } finally {
    log.close();
  }
}

/** A command as a leader would have stamped it at `at` (milliseconds since the epoch); proposed by no process. */
export function commandEntry(position: Position, at: number, command: Uint8Array): LogEntry {
  const data = withHeader(0, 0, command);
  stamp(data, at);
  return { ...position, kind: 'command', data };
}
