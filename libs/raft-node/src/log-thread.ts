import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DurableLog, LogOrigin, LogWrite, OpenedLog } from './durable-log';
import type { EncodedWrite, LogFailure, LogReply, LogRequest } from './log-worker';
import { LogDamaged } from './wal/log-damage';
import type { LogEntry, SnapshotMark } from './wal/record';
import { decodeRecords, encodeEntries } from './wal/record-codec';

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** The log in a thread of its own, where its blocking calls hold up nobody. */
export class LogThread implements DurableLog {
  private readonly waiting: Waiting[] = [];
  private ended: Error | undefined;
  opened!: OpenedLog;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (reply: LogReply) => {
      const next = this.waiting.shift();
      if ('failure' in reply) next?.reject(revived(reply.failure));
      else next?.resolve(reply.value as never);
    });
    worker.on('error', (error: Error) => this.end(error));
    worker.on('exit', () => this.end(new Error('The thread of the write-ahead log has ended.')));
  }

  /** Only compiled code can start it: a worker does not go through the test runner's transform. */
  static isAvailable(): boolean {
    return existsSync(join(__dirname, 'log-worker.js'));
  }

  static async open(origin: LogOrigin): Promise<LogThread> {
    const thread = new LogThread(new Worker(join(__dirname, 'log-worker.js'), { workerData: origin }));
    thread.opened = await thread.answer<OpenedLog>();
    return thread;
  }

  write(writes: readonly LogWrite[]): Promise<void> {
    const steps = writes.map(encoded);
    return this.ask(
      { op: 'write', steps },
      steps.flatMap(({ records }) => (records === null ? [] : [records.buffer as ArrayBuffer])),
    );
  }

  beginInstall(mark: SnapshotMark): Promise<void> {
    return this.ask({ op: 'begin-install', mark });
  }

  endInstall(index: number, term: number): Promise<void> {
    return this.ask({ op: 'end-install', index, term });
  }

  async read(from: number, maxBytes: number): Promise<LogEntry[]> {
    const records = await this.ask<Uint8Array>({ op: 'read', from, maxBytes });
    const bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
    return [...decodeRecords(bytes)].flatMap((record) => (record.type === 'entry' ? [record] : []));
  }

  cutPrefix(index: number): Promise<number> {
    return this.ask({ op: 'cut', index });
  }

  async close(): Promise<void> {
    if (this.ended !== undefined) return;
    const exited = new Promise<void>((resolve) => this.worker.once('exit', () => resolve()));
    await this.ask<null>({ op: 'close' });
    await exited;
  }

  private ask<T>(request: LogRequest, transfer: ArrayBuffer[] = []): Promise<T> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    this.worker.postMessage(request, transfer);
    return this.answer<T>();
  }

  private answer<T>(): Promise<T> {
    return new Promise<T>((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}

function encoded({ hardState, entries }: LogWrite): EncodedWrite {
  const [firstIndex, lastIndex] = [entries[0]?.index ?? 0, entries.at(-1)?.index ?? 0];
  return { hardState, firstIndex, lastIndex, records: entries.length === 0 ? null : encodeEntries(entries) };
}

function revived({ message, damage }: LogFailure): Error {
  return damage === undefined ? new Error(message) : new LogDamaged(damage.file, damage.offset, damage.reason);
}
