import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const fileBytes = 64 << 20;

export interface SyncedFile {
  write(bytes: Uint8Array): void;
  end(): Promise<unknown>;
}

/** A file to which batches are written in a thread, each synced; `done` hears of each in turn. */
export function syncedFile(path: string, done: () => void): Promise<SyncedFile> {
  const worker = new Worker(__filename, { workerData: path });
  return new Promise((resolve) => {
    worker.once('message', () => {
      worker.on('message', done);
      resolve({ write: (bytes) => worker.postMessage(bytes), end: () => worker.terminate() });
    });
  });
}

function serve(path: string): void {
  const file = openSync(path, 'w+');
  const zeroes = Buffer.alloc(1 << 20);
  for (let at = 0; at < fileBytes; at += zeroes.length) writeSync(file, zeroes, 0, zeroes.length, at);
  fsyncSync(file);
  let at = 0;
  parentPort!.on('message', (bytes: Uint8Array) => {
    if (at + bytes.byteLength > fileBytes) at = 0;
    writeSync(file, bytes, 0, bytes.byteLength, at);
    fdatasyncSync(file);
    at += bytes.byteLength;
    parentPort!.postMessage('synced');
  });
  parentPort!.once('close', () => closeSync(file));
  parentPort!.postMessage('ready');
}

if (!isMainThread) serve(workerData as string);
