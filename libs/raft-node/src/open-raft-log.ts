import { configuration as noMembers } from '@config-guardian/raft';
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock';
import { systemClock } from './clock';
import type { FileSystem } from './disk/file-system';
import { RealFileSystem } from './disk/real-file-system';
import type { LogLimits } from './driver/limits';
import { DEFAULT_LIMITS } from './driver/limits';
import type { ObserveWrite } from './driver/log-writer';
import type { Timing } from './driver/running-member';
import type { DurableLog, LogOrigin } from './durable-log';
import { InlineLog } from './durable-log';
import type { FirstLog } from './formation/formation-plan';
import { LogMismatch } from './log-mismatch';
import { LogThread } from './log-thread';
import { RaftLog } from './raft-log';
import { encodeConfiguration } from './raft-storage';
import type { Transport } from './transport/transport';
import type { LogOptions } from './wal/write-ahead-log';
import { DEFAULT_LOG_OPTIONS, WriteAheadLog } from './wal/write-ahead-log';

export interface RaftLogOptions {
  /** Where the log lives. No other process may have it open. */
  readonly directory: string;
  readonly nodeId: string;
  /** What a log that does not exist yet begins with. Without it such a log is not begun. */
  readonly begin?: FirstLog;
  /** How the members talk; its owner starts it, sets the peers, passes on to `handlers`, and closes it. A group of one needs none. */
  readonly transport?: Pick<Transport, 'send' | 'request'>;
  /** Where snapshots lie while they are fed or fetched, on the operating system's disk. Without it this node does neither. */
  readonly snapshotsDirectory?: string;
  /** Told once, when the log can no longer be trusted with anything (disk error, throwing consumer): the process must exit. */
  readonly onFatal: (error: Error) => void;
  readonly onWarning?: (message: string) => void;
  /** Told before a write of these entries; what it gives is called when they are durable. Neither may throw. */
  readonly observeWrite?: ObserveWrite;
  /** Another disk than the operating system's: it is used on the calling thread. */
  readonly fileSystem?: FileSystem;
  readonly limits?: Partial<LogLimits & LogOptions>;
  readonly timing?: Partial<Timing>;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

const DEFAULT_TIMING: Timing = { heartbeatMs: 100, electionMs: 1000 };

export function logExists(directory: string, fileSystem: FileSystem = new RealFileSystem()): boolean {
  return WriteAheadLog.exists(fileSystem, directory);
}

/**
 * Opens a member's log, or begins it. Rejects with DirectoryInUse, LogDamaged or LogMismatch, whose messages say what to
 * do. `start` has to follow.
 */
export async function openRaftLog<Result>(options: RaftLogOptions): Promise<RaftLog<Result>> {
  const {
    directory,
    onFatal,
    onWarning = () => undefined,
    transport: link,
    snapshotsDirectory,
    observeWrite,
  } = options;
  const fileSystem = options.fileSystem ?? new RealFileSystem();
  fileSystem.makeDirectory(directory);
  const unlock = await fileSystem.lock(directory);
  try {
    const log = await openLog(options, fileSystem);
    const { clock = systemClock, random = securely } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    const around = { clock, random, link, snapshotsDirectory, observeWrite, onFatal, onWarning };
    return new RaftLog<Result>({ log, unlock, limits, timing, ...around });
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLog(options: RaftLogOptions, fileSystem: FileSystem): Promise<DurableLog> {
  const { directory, nodeId, begin, limits } = options;
  if (begin === undefined && !WriteAheadLog.exists(fileSystem, directory)) {
    throw new LogMismatch(`There is no log in ${directory}, and nothing to begin one with.`);
  }
  const origin: LogOrigin = {
    directory,
    identity: begin?.identity ?? { clusterId: '', nodeId, incarnation: '' },
    configuration: { index: 0, data: encodeConfiguration(begin?.configuration ?? noMembers([])) },
    options: { ...DEFAULT_LOG_OPTIONS, ...limits },
  };
  const threaded = options.fileSystem === undefined && LogThread.isAvailable();
  const log = threaded ? await LogThread.open(origin) : new InlineLog(fileSystem, origin);
  const { identity } = log.opened;
  if (identity.nodeId === nodeId) return log;
  await log.close();
  throw new LogMismatch(
    `The log in ${directory} belongs to node ${identity.nodeId}, not to ${nodeId}. Set NODE_ID=${identity.nodeId}, or use another DATA_DIR.`,
  );
}

function securely(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
}
