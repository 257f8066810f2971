import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A small JSON file that is there whole, or not at all, after any crash. */
export class DurableFile<Content> {
  constructor(private readonly path: string) {}

  read(): Content | null {
    if (!existsSync(this.path)) return null;
    return JSON.parse(readFileSync(this.path, 'utf8')) as Content;
  }

  write(content: Content): void {
    const draft = `${this.path}.draft`;
    const file = openSync(draft, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(content));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.path);
    this.syncDirectory();
  }

  remove(): void {
    if (!existsSync(this.path)) return;
    rmSync(this.path);
    this.syncDirectory();
  }

  private syncDirectory(): void {
    const directory = openSync(dirname(this.path), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}
