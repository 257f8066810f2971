import type { FileSystem, OpenFile } from './file-system';

/** Any file system, with a switch that makes the log over it wait: a disk that hangs, for the tests of what then happens. */
export class StallableFileSystem implements FileSystem {
  private stall: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(private readonly inner: FileSystem) {}

  stalled(): Promise<void> | undefined {
    return this.stall?.over;
  }

  beginStall(): void {
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.stall ??= { over, end };
  }

  endStall(): void {
    this.stall?.end();
    this.stall = undefined;
  }

  makeDirectory(directory: string): void {
    this.inner.makeDirectory(directory);
  }

  list(directory: string): string[] {
    return this.inner.list(directory);
  }

  create(path: string, size: number): OpenFile {
    return this.inner.create(path, size);
  }

  open(path: string): OpenFile {
    return this.inner.open(path);
  }

  rename(from: string, to: string): void {
    this.inner.rename(from, to);
  }

  remove(path: string): void {
    this.inner.remove(path);
  }

  syncDirectory(directory: string): void {
    this.inner.syncDirectory(directory);
  }

  lock(directory: string): Promise<() => void> {
    return this.inner.lock(directory);
  }
}
