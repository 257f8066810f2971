import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { LockWatch } from './directory-lock';
import { lockDirectory } from './directory-lock';
import type { FileSystem, OpenFile, Unlock } from './file-system';

const ZEROES = Buffer.alloc(1 << 20);

type Lock = Pick<LockWatch, 'assertHeld'> | undefined;

class RealFile implements OpenFile {
  constructor(
    private readonly descriptor: number,
    readonly size: number,
    private readonly lock: Lock,
  ) {}

  readAt(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    const bytes = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const count = fs.readSync(this.descriptor, bytes, filled, wanted - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  writeAt(position: number, bytes: Uint8Array): void {
    this.lock?.assertHeld();
    let written = 0;
    while (written < bytes.byteLength) {
      written += fs.writeSync(this.descriptor, bytes, written, bytes.byteLength - written, position + written);
    }
  }

  sync(): void {
    fs.fdatasyncSync(this.descriptor);
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }
}

/** The operating system's files through blocking calls: see DESIGN.md for why not the thread pool. */
export class RealFileSystem implements FileSystem {
  /** With a lock, no byte is written once it is lost. */
  constructor(private readonly held?: Lock) {}

  makeDirectory(directory: string): void {
    const firstMade = fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (firstMade === undefined) return;
    for (let made = directory; made.length >= firstMade.length; made = dirname(made)) this.syncDirectory(dirname(made));
  }

  list(directory: string): string[] {
    return fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  }

  create(path: string, size: number): OpenFile {
    const file = new RealFile(fs.openSync(path, 'w+', 0o600), size, this.held);
    for (let at = 0; at < size; at += ZEROES.length)
      file.writeAt(at, ZEROES.subarray(0, Math.min(ZEROES.length, size - at)));
    return file;
  }

  open(path: string): OpenFile {
    const descriptor = fs.openSync(path, 'r+');
    return new RealFile(descriptor, fs.fstatSync(descriptor).size, this.held);
  }

  rename(from: string, to: string): void {
    fs.renameSync(from, to);
  }

  remove(path: string): void {
    fs.unlinkSync(path);
  }

  syncDirectory(directory: string): void {
    // Windows has no handle to a directory, and needs none: NTFS journals its names.
    if (process.platform === 'win32') return;
    const descriptor = fs.openSync(directory, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  lock(directory: string): Promise<Unlock> {
    return lockDirectory(directory);
  }
}
