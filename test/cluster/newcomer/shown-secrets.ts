import { readFileSync } from 'node:fs';
import { everyProcess, root } from './machine';

/** Looks for secrets where they must not be: in the command lines of the machine, in environments, in files that others may read. */
export class ShownSecrets {
  readonly #secrets = new Set<string>();
  readonly #found = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  looks = 0;

  constructor(private readonly directory: string) {
    this.#timer = setInterval(() => this.#look(), 100);
  }

  /** From now on this is a secret. */
  know(...secrets: readonly string[]): void {
    for (const secret of secrets.map((text) => text.trim())) {
      if (secret.length < 16) throw new Error('that is too short to be looked for');
      this.#secrets.add(secret);
    }
  }

  /** The command lines that had one until now, and the files and the environments of these processes that have one. */
  async found(folders: readonly string[], processIds: readonly number[]): Promise<readonly string[]> {
    const environments = processIds.map((id) => `/proc/${id}/environ`);
    const input = [...this.#secrets].join('\n');
    const files = await root(
      `umask 077; cat > ${this.directory}/secrets; trap 'rm ${this.directory}/secrets' EXIT
       find ${folders.join(' ')} -type f -perm /0044 -print0 | xargs -0r grep -lFf ${this.directory}/secrets || true
       grep -lFf ${this.directory}/secrets ${environments.join(' ')} || true`,
      { input },
    );
    return [...this.#found, ...files.split('\n').filter(Boolean)];
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.looks += 1;
    for (const id of everyProcess()) {
      const line = commandLine(id);
      for (const secret of this.#secrets) if (line.includes(secret)) this.#found.add(`process ${id}: ${line}`);
    }
  }
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended
  }
}
