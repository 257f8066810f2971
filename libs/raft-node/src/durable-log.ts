import type { FileSystem } from './disk/file-system';
import type { Configuration, HardState, LogEntry, LogIdentity, SnapshotMark } from './wal/record';
import type { LogOptions } from './wal/write-ahead-log';
import { WriteAheadLog } from './wal/write-ahead-log';

/** What is known of a log when it has been opened. */
export interface OpenedLog {
  readonly identity: LogIdentity;
  readonly hardState: HardState;
  readonly configuration: Configuration | null;
  readonly installing: SnapshotMark | null;
  readonly firstIndex: number;
  /** The term of the entry before the first. */
  readonly previousTerm: number;
  readonly lastIndex: number;
  /** Bytes of a batch that was never acknowledged, cut from the end. */
  readonly tornBytes: number;
}

/** One step of a write: a term and vote, then entries, which discard everything from the first of them on. */
export interface LogWrite {
  readonly hardState: HardState | null;
  readonly entries: readonly LogEntry[];
}

/** The write-ahead log as the event loop sees it. Calls are served in order; after one rejected, all do. */
export interface DurableLog {
  readonly opened: OpenedLog;
  /** Writes the steps in order; resolves when all of them are durable, by one sync. */
  write(steps: readonly LogWrite[]): Promise<void>;
  /** Resolves when the mark is durable that this snapshot is about to be installed. */
  beginInstall(mark: SnapshotMark): Promise<void>;
  /** The snapshot is installed: the log goes on after it, with its suffix when it holds that very entry. */
  endInstall(index: number, term: number): Promise<void>;
  read(from: number, maxBytes: number): Promise<LogEntry[]>;
  /** Resolves with the first index that is left. */
  cutPrefix(index: number): Promise<number>;
  close(): Promise<void>;
}

export interface LogOrigin {
  readonly directory: string;
  /** What a log that does not exist yet begins with. */
  readonly identity: LogIdentity;
  readonly configuration: Configuration;
  readonly options: LogOptions;
}

export function openOrCreate(fileSystem: FileSystem, origin: LogOrigin): WriteAheadLog {
  const { directory, identity, configuration, options } = origin;
  if (WriteAheadLog.exists(fileSystem, directory)) return WriteAheadLog.open(fileSystem, directory, options);
  const log = WriteAheadLog.create(fileSystem, directory, identity, options);
  log.recordConfiguration(configuration);
  log.sync();
  return log;
}

export function describe(log: WriteAheadLog): OpenedLog {
  const { identity, hardState, configuration, installing, firstIndex, lastIndex, tornBytes } = log;
  const previousTerm = log.termAt(firstIndex - 1) ?? 0;
  return { identity, hardState, configuration, installing, firstIndex, previousTerm, lastIndex, tornBytes };
}

/** The log on the calling thread: for simulated disks and tests, where a sync takes no time. */
export class InlineLog implements DurableLog {
  readonly opened: OpenedLog;
  private readonly log: WriteAheadLog;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly fileSystem: FileSystem,
    origin: LogOrigin,
  ) {
    this.log = openOrCreate(fileSystem, origin);
    this.opened = describe(this.log);
  }

  write(steps: readonly LogWrite[]): Promise<void> {
    return this.inTurn(() => {
      for (const { entries, hardState } of steps) this.log.append(entries, hardState ?? undefined);
      this.log.sync();
    });
  }

  beginInstall(mark: SnapshotMark): Promise<void> {
    return this.inTurn(() => {
      this.log.beginInstall(mark);
      this.log.sync();
    });
  }

  endInstall(index: number, term: number): Promise<void> {
    return this.inTurn(() => void this.log.endInstall(index, term));
  }

  read(from: number, maxBytes: number): Promise<LogEntry[]> {
    return this.inTurn(() => this.log.read(from, maxBytes));
  }

  cutPrefix(index: number): Promise<number> {
    return this.inTurn(() => {
      this.log.cutPrefix(index);
      return this.log.firstIndex;
    });
  }

  close(): Promise<void> {
    return this.inTurn(() => this.log.close());
  }

  private inTurn<T>(work: () => T): Promise<T> {
    const done = this.turn.then(async () => {
      await this.fileSystem.stalled?.();
      return work();
    });
    this.turn = done.catch(() => undefined);
    return done;
  }
}
