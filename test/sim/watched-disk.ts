import type { FileSystem, OpenFile } from '../../libs/raft-node/src/disk/file-system';
import { SimulatedDisk } from '@config-guardian/raft-node/testing';
import type { Chance } from './chance';

interface Image {
  durable: Buffer;
  unsynced: { readonly position: number; readonly bytes: Buffer }[];
  /** Where the last write began: the last batch of a log's last segment. */
  lastWrite: number;
}

/** The simulated disk, with a second account of what on it is durable: the bytes of each file as its syncs left them. */
export class WatchedDisk implements FileSystem {
  private readonly inner: SimulatedDisk;
  private names = new Map<string, Image>();
  private durableNames = new Map<string, Image>();

  constructor(
    seed: number,
    private readonly onSynced: (bytes: Buffer) => void,
  ) {
    this.inner = new SimulatedDisk({ seed });
  }

  makeDirectory(): void {
    this.inner.makeDirectory();
  }

  list(directory: string): string[] {
    return this.inner.list(directory);
  }

  create(path: string, size: number): OpenFile {
    const image = { durable: Buffer.alloc(size), unsynced: [], lastWrite: 0 };
    const file = this.watch(this.inner.create(path, size), image);
    this.names.set(path, image);
    return file;
  }

  open(path: string): OpenFile {
    return this.watch(this.inner.open(path), this.names.get(path)!);
  }

  rename(from: string, to: string): void {
    this.inner.rename(from, to);
    this.names.set(to, this.names.get(from)!);
    this.names.delete(from);
  }

  remove(path: string): void {
    this.inner.remove(path);
    this.names.delete(path);
  }

  syncDirectory(directory: string): void {
    this.inner.syncDirectory(directory);
    this.durableNames = new Map(this.names);
  }

  lock(directory: string): Promise<() => void> {
    return this.inner.lock(directory);
  }

  failNext(on: 'sync' | 'write', code: 'EIO' | 'ENOSPC'): void {
    this.inner.failNext(on, code);
  }

  dieAfter(operations: number): void {
    this.inner.dieAfter(operations);
  }

  kill(): void {
    this.inner.kill();
  }

  /** Returns whether there was anything unsynced to lose. */
  losePower(): boolean {
    const unsynced = [...this.names.values()].some((image) => image.unsynced.length > 0);
    this.inner.losePower();
    const images = new Map<string, Image>();
    for (const name of this.inner.list('/log')) {
      const path = `/log/${name}`;
      const file = this.inner.open(path);
      const lastWrite = this.names.get(path)?.lastWrite ?? 0;
      images.set(path, { durable: file.readAt(0, file.size), unsynced: [], lastWrite });
    }
    this.names = images;
    this.durableNames = new Map(images);
    return unsynced;
  }

  /** Turns a bit over, anywhere before the last batch. False when there is nothing there yet. */
  flipBit(chance: Chance): boolean {
    const paths = [...this.names.keys()].filter((path) => path.endsWith('.wal')).sort();
    const path = chance.pick(paths);
    if (path === undefined) return false;
    const { durable, lastWrite } = this.names.get(path)!;
    const bytes = path === paths.at(-1) ? lastWrite : durable.length;
    if (bytes === 0) return false;
    const bit = chance.below(bytes * 8);
    this.inner.flipBit(path, bit);
    durable[bit >> 3]! ^= 1 << (bit & 7);
    return true;
  }

  /** A disk with nothing but what is durable now, as after a crash that loses all that can be lost. */
  asIfCrashed(): FileSystem {
    const copy = new SimulatedDisk({ seed: 0 });
    for (const [path, image] of this.durableNames) {
      const file = copy.create(path, image.durable.length);
      file.writeAt(0, image.durable);
      file.sync();
    }
    copy.syncDirectory('/log');
    return copy;
  }

  private watch(file: OpenFile, image: Image): OpenFile {
    return {
      size: file.size,
      readAt: (position, length) => file.readAt(position, length),
      writeAt: (position, bytes) => {
        file.writeAt(position, bytes);
        image.unsynced.push({ position, bytes: Buffer.from(bytes) });
        image.lastWrite = position;
      },
      sync: () => {
        const writes = image.unsynced;
        try {
          file.sync();
        } catch (error) {
          // A sync that fails at the disk leaves nothing certain; one that the process did not live to make changes nothing.
          if (!String(error).includes('ESHUTDOWN')) image.unsynced = [];
          throw error;
        }
        image.unsynced = [];
        for (const { position, bytes } of writes) {
          image.durable.set(bytes, position);
          this.onSynced(bytes);
        }
      },
      close: () => file.close(),
    };
  }
}
