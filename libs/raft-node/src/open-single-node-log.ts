import { randomUUID } from 'node:crypto';
import type { FileSystem } from './disk/file-system';
import { RealFileSystem } from './disk/real-file-system';
import type { DurableLog, LogOrigin } from './durable-log';
import { InlineLog } from './durable-log';
import { LogThread } from './log-thread';
import type { LogLimits } from './proposal-queue';
import { DEFAULT_LIMITS } from './proposal-queue';
import { LogMismatch, SingleNodeLog } from './single-node-log';
import type { LogOptions } from './wal/write-ahead-log';
import { DEFAULT_LOG_OPTIONS } from './wal/write-ahead-log';

export interface SingleNodeLogOptions {
  /** Where the log lives. No other process may have it open. */
  readonly directory: string;
  readonly nodeId: string;
  /** Told once, when the log can no longer be trusted with anything (disk error, throwing consumer): the process must exit. */
  readonly onFatal: (error: Error) => void;
  /** Another disk than the operating system's: it is used on the calling thread. */
  readonly fileSystem?: FileSystem;
  readonly limits?: Partial<LogLimits & LogOptions>;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/**
 * Opens the log of a group of one, or begins it with a random cluster id. Rejects with DirectoryInUse, LogDamaged or
 * LogMismatch, whose messages say what to do. `start` has to follow.
 */
export async function openSingleNodeLog<Result>(options: SingleNodeLogOptions): Promise<SingleNodeLog<Result>> {
  const { directory, nodeId, onFatal, clock = Date.now } = options;
  const fileSystem = options.fileSystem ?? new RealFileSystem();
  fileSystem.makeDirectory(directory);
  const unlock = await fileSystem.lock(directory);
  try {
    const log = await openLog(options, fileSystem);
    const { identity } = log.opened;
    if (identity.nodeId !== nodeId) {
      await log.close();
      throw new LogMismatch(
        `The log in ${directory} belongs to node ${identity.nodeId}, not to ${nodeId}. Set NODE_ID=${identity.nodeId}, or use another DATA_DIR.`,
      );
    }
    return new SingleNodeLog<Result>({ log, unlock, limits: { ...DEFAULT_LIMITS, ...options.limits }, clock, onFatal });
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLog(options: SingleNodeLogOptions, fileSystem: FileSystem): Promise<DurableLog> {
  const { directory, nodeId, limits } = options;
  const origin: LogOrigin = {
    directory,
    identity: { clusterId: randomUUID(), nodeId, incarnation: randomUUID() },
    configuration: { index: 0, data: Buffer.from(JSON.stringify({ voters: [nodeId], learners: [] })) },
    options: { ...DEFAULT_LOG_OPTIONS, ...limits },
  };
  if (options.fileSystem === undefined && LogThread.isAvailable()) return LogThread.open(origin);
  return new InlineLog(fileSystem, origin);
}
