import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a node is given as files, each readable by its owner alone and replaced by renaming a new one over it. */
export class SecretFiles {
  constructor(private readonly directory: string) {}

  path(nodeId: string, name: string): string {
    return join(this.directory, nodeId, name);
  }

  put(nodeId: string, name: string, text: string): string {
    const path = this.path(nodeId, name);
    mkdirSync(join(this.directory, nodeId), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return path;
  }
}
