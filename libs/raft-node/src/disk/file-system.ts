/**
 * What the log asks of a disk, and nothing more. Every call blocks until it is done: the log is one synchronous piece
 * of code that runs in a worker thread over the operating system's files, and inline over a simulated disk.
 */
export interface FileSystem {
  /** Creates the directory and its parents where they are missing, durably. */
  makeDirectory(directory: string): void;
  /** The names in a directory; none when it does not exist. */
  list(directory: string): string[];
  /** Creates (or empties) a file of `size` zero bytes, all of them allocated, so that a later sync moves no metadata. */
  create(path: string, size: number): OpenFile;
  open(path: string): OpenFile;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes creations, renames and removals in the directory durable. */
  syncDirectory(directory: string): void;
  /** Takes the directory for this process alone; rejects with DirectoryInUse. The result gives it back. */
  lock(directory: string): Promise<Unlock>;
  /** Resolves when the disk answers again; undefined while it does. Only disks that can be told to stall have it. */
  stalled?(): Promise<void> | undefined;
}

/** Gives a directory back. `assertHeld` throws when another process took it meanwhile; only a real disk has it. */
export type Unlock = (() => void) & { readonly assertHeld?: () => void };

export interface OpenFile {
  readonly size: number;
  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  readAt(position: number, length: number): Buffer;
  /** Writes all the bytes or throws. They are durable only after `sync`. */
  writeAt(position: number, bytes: Uint8Array): void;
  /** fdatasync. After it threw nothing is known about the writes before it, and trying again proves nothing. */
  sync(): void;
  close(): void;
}

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
}
