import { basename, dirname } from 'node:path';
import type { FileSystem, OpenFile } from './file-system';
import { DirectoryInUse } from './file-system';
import { seededRandom } from './seeded-random';
import { SimulatedContent } from './simulated-content';

export interface SimulatedDiskOptions {
  readonly seed: number;
  /** Bytes that all files together may take; beyond it creations and writes fail with ENOSPC. */
  readonly capacity?: number;
}

type Names = Map<string, SimulatedContent>;
type DirectoryChange = (names: Names) => void;

/**
 * A disk in memory whose every outcome follows from its seed. What was not synced, contents and names alike, survives a
 * loss of power only by chance; a kill of the process alone keeps everything that was written.
 */
export class SimulatedDisk implements FileSystem {
  private readonly random: () => number;
  private cached: Names = new Map();
  private durable: Names = new Map();
  private unsyncedNames: { readonly directory: string; readonly change: DirectoryChange }[] = [];
  private life = 0;
  private locks = new Set<string>();
  private operationsLeft = Infinity;
  private faults: { readonly on: 'sync' | 'write'; readonly code: string }[] = [];
  /** Syncs of contents do nothing: the counter-proof that a test of durability would notice. */
  ignoreSyncs = false;
  /** Counted since the disk was made. */
  syncs = 0;
  writes = 0;

  constructor(private readonly options: SimulatedDiskOptions) {
    this.random = seededRandom(options.seed);
  }

  makeDirectory(): void {}

  list(directory: string): string[] {
    return [...this.cached.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path));
  }

  create(path: string, size: number): OpenFile {
    const used = [...this.cached.values()].reduce((sum, content) => sum + content.size, 0);
    if (used + size > (this.options.capacity ?? Infinity)) throw diskError('ENOSPC', 'write');
    const content = new SimulatedContent(size);
    this.changeNames(path, (names) => names.set(path, content));
    return this.handle(content);
  }

  open(path: string): OpenFile {
    return this.handle(this.existing(path));
  }

  rename(from: string, to: string): void {
    const content = this.existing(from);
    this.changeNames(to, (names) => {
      names.delete(from);
      names.set(to, content);
    });
  }

  remove(path: string): void {
    this.existing(path);
    this.changeNames(path, (names) => names.delete(path));
  }

  syncDirectory(directory: string): void {
    this.countSync();
    for (const { change } of this.unsyncedNames.filter((op) => op.directory === directory)) change(this.durable);
    this.unsyncedNames = this.unsyncedNames.filter((op) => op.directory !== directory);
  }

  lock(directory: string): Promise<() => void> {
    if (this.locks.has(directory)) return Promise.reject(new DirectoryInUse(`The directory ${directory} is in use.`));
    this.locks.add(directory);
    return Promise.resolve(() => this.locks.delete(directory));
  }

  /** The next sync (or write) fails so; one call, one fault. */
  failNext(on: 'sync' | 'write', code: 'EIO' | 'ENOSPC' = 'EIO'): void {
    this.faults.push({ on, code });
  }

  /** The process dies in the operation after `operations` more of them: that one does nothing and throws, as do all after it. */
  dieAfter(operations: number): void {
    this.operationsLeft = operations;
  }

  /** The process dies. The page cache stays. */
  kill(): void {
    this.life += 1;
    this.operationsLeft = Infinity;
    this.locks.clear();
    this.faults = [];
  }

  /** Power is lost: every unsynced write and name is kept, lost or torn by chance. */
  losePower(): void {
    this.kill();
    for (const content of new Set([...this.cached.values(), ...this.durable.values()])) content.losePower(this.random);
    for (const { change } of this.unsyncedNames) if (this.random() < 0.5) change(this.durable);
    this.unsyncedNames = [];
    this.cached = new Map(this.durable);
  }

  /** Turns one bit of a file over, in the cache and on the platter. */
  flipBit(path: string, bit: number): void {
    this.existing(path).flip(bit);
  }

  private handle(content: SimulatedContent): OpenFile {
    const life = this.life;
    const alive = (): void => {
      if (life !== this.life) throw diskError('EBADF', 'access');
    };
    return {
      size: content.size,
      readAt: (position, length) => (alive(), content.read(position, length)),
      writeAt: (position, bytes) => {
        alive();
        this.operate();
        this.writes += 1;
        this.meetFault('write');
        content.write(position, bytes);
      },
      sync: () => {
        alive();
        this.countSync(() => content.forgetSome(this.random));
        if (!this.ignoreSyncs) content.sync();
      },
      close: () => undefined,
    };
  }

  private existing(path: string): SimulatedContent {
    const content = this.cached.get(path);
    if (content === undefined) throw diskError('ENOENT', 'open');
    return content;
  }

  private changeNames(path: string, change: DirectoryChange): void {
    this.operate();
    change(this.cached);
    this.unsyncedNames.push({ directory: dirname(path), change });
  }

  private operate(): void {
    if (this.operationsLeft <= 0) throw diskError('ESHUTDOWN', 'access');
    this.operationsLeft -= 1;
  }

  private countSync(onFault?: () => void): void {
    this.operate();
    this.syncs += 1;
    this.meetFault('sync', onFault);
  }

  private meetFault(on: 'sync' | 'write', onFault?: () => void): void {
    const at = this.faults.findIndex((fault) => fault.on === on);
    if (at < 0) return;
    const [fault] = this.faults.splice(at, 1);
    onFault?.();
    throw diskError(fault!.code, on);
  }
}

function diskError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated fault, ${call}`), { code });
}
