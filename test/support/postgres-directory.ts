import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';

export const isRoot = process.geteuid?.() === 0;

const enoughBytes = 2 * 1024 ** 3;

/** Memory where there is enough of it: a container's /dev/shm often holds only 64 MB. */
export function fastDirectory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= enoughBytes ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/**
 * A directory that goes with the suite, made when it is first asked for: a suite whose tests are all left out makes
 * none. Other users may pass through it, as the server of a root process has to.
 */
export function temporaryDirectory(parent = fastDirectory()): { readonly path: string; remove(): void } {
  let made: string | undefined;
  return {
    get path() {
      if (made === undefined) {
        made = mkdtempSync(join(parent, 'embedded-postgres-'));
        chmodSync(made, 0o711);
      }
      return made;
    },
    remove: () => {
      if (made !== undefined) rmSync(made, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export async function queryOnce(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined); // the query in progress rejects with the same error
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Waits for what another process does in its own time; 30 s is far more than it needs. */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const began = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() - began > 30_000) throw new Error(`still not so after 30 s: ${what}`);
    await wait(20);
  }
}
