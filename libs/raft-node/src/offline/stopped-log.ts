import type { Position } from '@config-guardian/raft';
import type { FileSystem } from '../disk/file-system';
import { RealFileSystem } from '../disk/real-file-system';
import { committed } from '../driver/apply-queue';
import { fromLogEntry } from '../raft-storage';
import type { CommittedEntry } from '../replicated-log';
import type { LogEntry, LogIdentity } from '../wal/record';
import { DEFAULT_LOG_OPTIONS, WriteAheadLog } from '../wal/write-ahead-log';

/** What a log holds, without taking part in anything. As long as it is open no node can start on it. */
export class StoppedLog {
  private constructor(
    private readonly log: WriteAheadLog,
    private readonly unlock: () => void,
  ) {}

  /** Rejects with DirectoryInUse while a node has it open, and with LogDamaged. */
  static async open(directory: string, fileSystem: FileSystem = new RealFileSystem()): Promise<StoppedLog> {
    const unlock = await fileSystem.lock(directory);
    try {
      return new StoppedLog(WriteAheadLog.open(fileSystem, directory, DEFAULT_LOG_OPTIONS), unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  get identity(): LogIdentity {
    return this.log.identity;
  }

  get firstIndex(): number {
    return this.log.firstIndex;
  }

  get lastIndex(): number {
    return this.log.lastIndex;
  }

  /** Of a snapshot whose installation was begun and not ended. */
  get installingIndex(): number | null {
    return this.log.installing?.index ?? null;
  }

  /** JSON of the configuration that the log began with, or that came with its last snapshot; '' without one. */
  get membership(): string {
    return Buffer.from(this.log.configuration?.data ?? []).toString();
  }

  /** The newest term that this member has seen. */
  get term(): number {
    return this.log.hardState.term;
  }

  /** What follows this very entry. Nothing, when the log does not hold it: then what it holds is another history. */
  *after({ index, term }: Position): Generator<LogEntry> {
    if (this.log.termAt(index) === term) yield* this.log.entries(index + 1, this.lastIndex);
  }

  close(): void {
    this.log.close();
    this.unlock();
  }
}

/** The entry as a consumer gets it. */
export const asCommitted = (entry: LogEntry): CommittedEntry => committed(fromLogEntry(entry));
