import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import type { LockWatch } from './disk/directory-lock';
import { watchLock } from './disk/directory-lock';
import { RealFileSystem } from './disk/real-file-system';
import type { LogOrigin, OpenedLog } from './durable-log';
import { describe, openOrCreate } from './durable-log';
import { LogDamaged } from './wal/log-damage';
import type { HardState, SnapshotMark } from './wal/record';
import { encodeEntries } from './wal/record-codec';
import type { WriteAheadLog } from './wal/write-ahead-log';

/** A LogWrite with its entries encoded, so that they cross to the thread without a copy. */
export interface EncodedWrite {
  readonly hardState: HardState | null;
  readonly records: Uint8Array | null;
  readonly firstIndex: number;
  readonly lastIndex: number;
}

export type LogRequest =
  | { readonly op: 'write'; readonly steps: readonly EncodedWrite[] }
  | { readonly op: 'begin-install'; readonly mark: SnapshotMark }
  | { readonly op: 'end-install'; readonly index: number; readonly term: number }
  | { readonly op: 'read'; readonly from: number; readonly maxBytes: number }
  | { readonly op: 'cut'; readonly index: number }
  | { readonly op: 'close' };

export interface LogFailure {
  readonly message: string;
  /** An error that crosses threads loses its class: damage is told in full, so that it can be built again. */
  readonly damage?: Pick<LogDamaged, 'file' | 'offset' | 'reason'>;
}

/** Replies come in the order of the requests. The first one tells what was opened. */
export type LogReply = { readonly value: OpenedLog | Uint8Array | number | null } | { readonly failure: LogFailure };

/** The thread in which the log blocks on its disk. */
function serve(port: MessagePort, log: WriteAheadLog, lock: LockWatch | undefined): void {
  port.on('message', (request: LogRequest) => {
    reply(port, () => {
      if (request.op !== 'close') lock?.assertHeld();
      return handle(log, request);
    });
    if (request.op === 'close') port.close();
  });
}

function handle(log: WriteAheadLog, request: LogRequest): Uint8Array | number | null {
  switch (request.op) {
    case 'write':
      for (const { hardState, records, firstIndex, lastIndex } of request.steps) {
        if (hardState !== null) log.append([], hardState);
        if (records !== null) log.appendEncoded(records, firstIndex, lastIndex);
      }
      log.sync();
      return null;
    case 'begin-install':
      log.beginInstall(request.mark);
      log.sync();
      return null;
    case 'end-install':
      log.endInstall(request.index, request.term);
      return null;
    case 'read':
      return encodeEntries(log.read(request.from, request.maxBytes));
    case 'cut':
      log.cutPrefix(request.index);
      return log.firstIndex;
    case 'close':
      log.close();
      return null;
    default:
      return request satisfies never;
  }
}

function reply(port: MessagePort, work: () => Extract<LogReply, { value: unknown }>['value']): boolean {
  try {
    const value = work();
    port.postMessage({ value } satisfies LogReply, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []);
    return true;
  } catch (error) {
    port.postMessage({ failure: failureOf(error) } satisfies LogReply);
    return false;
  }
}

function failureOf(error: unknown): LogFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof LogDamaged)) return { message };
  const { file, offset, reason } = error;
  return { message, damage: { file, offset, reason } };
}

if (parentPort !== null) {
  const port = parentPort;
  let log: WriteAheadLog | undefined;
  const origin = workerData as LogOrigin;
  const lock = watchLock(origin.directory);
  const opened = reply(port, () => {
    log = openOrCreate(new RealFileSystem(lock), origin);
    return describe(log);
  });
  if (opened && log !== undefined) serve(port, log, lock);
}
