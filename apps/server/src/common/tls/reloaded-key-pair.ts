import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KeyPair } from './key-pair';
import { expiryOf, faultOf } from './key-pair';
import type { Pem } from './pem';

export type PemParts = { readonly [Part in keyof KeyPair]: Pem };

export interface ReloadLog {
  info(text: string): void;
  error(text: string): void;
}

/** Some file systems tell nothing, and a watch ends with the directory that it is on. */
const pollMs = 10_000;
/** Certificate and key are two files, written one after the other. */
const settleMs = 250;

const trimmed = (text: string): string => text.replace(/[\r\n]+$/, '\n');

/**
 * A certificate with its key, read again when one of its files changes. The directories are watched and not the files:
 * what replaces a file by renaming another, or a link as Kubernetes does, changes the directory. What cannot be used is
 * refused with one line, and what was used before stays.
 */
export class ReloadedKeyPair {
  readonly #listeners: ((pair: KeyPair) => void)[] = [];
  readonly #watchers: FSWatcher[] = [];
  #current: KeyPair;
  /** What the files held when it was refused; a text where they could not be read. */
  #refused: KeyPair | string | undefined;
  #unreadableSince: number | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(
    private readonly name: string,
    private readonly parts: PemParts,
    private readonly log: ReloadLog,
    private readonly missingMs = 5_000,
  ) {
    const { cert, key, ca } = parts;
    this.#current = { cert: trimmed(cert.text), key: trimmed(key.text), ...(ca && { ca: trimmed(ca.text) }) };
  }

  get current(): KeyPair {
    return this.#current;
  }

  /** In milliseconds. */
  get expiresAt(): number {
    return expiryOf(this.#current.cert);
  }

  /** Whether the files hold something that cannot be used. */
  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  onChange(listener: (pair: KeyPair) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    const files = Object.values(this.parts).flatMap(({ file }: Pem) => (file === null ? [] : [file]));
    if (files.length === 0) return;
    this.#poll = setInterval(() => void this.reload(), pollMs).unref();
    for (const directory of new Set(files.map((file) => dirname(file)))) this.#watch(directory);
  }

  stop(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  /** Looks at the files now. */
  async reload(): Promise<void> {
    const found = await this.#read();
    if (typeof found === 'string') return this.#miss(found);
    this.#unreadableSince = undefined;
    if (isDeepStrictEqual(found, this.#current)) return void (this.#refused = undefined);
    const fault = faultOf(found) ?? (expiryOf(found.cert) <= Date.now() ? 'the certificate has expired' : undefined);
    if (fault !== undefined) return this.#refuse(found, fault);
    [this.#current, this.#refused] = [found, undefined];
    for (const listener of this.#listeners) listener(found);
    this.log.info(`${this.name}: a new certificate is used, good until ${new Date(this.expiresAt).toISOString()}`);
  }

  /** Told once for each content. */
  #refuse(found: KeyPair | string, fault: string): void {
    if (isDeepStrictEqual(found, this.#refused)) return;
    this.#refused = found;
    this.log.error(`${this.name}: the new certificate or key cannot be used (${fault}); the old ones stay`);
  }

  /** A file that is missing may be on its way; one that still is at the next look is not. */
  #miss(fault: string): void {
    this.#unreadableSince ??= performance.now();
    if (performance.now() - this.#unreadableSince >= this.missingMs) this.#refuse(fault, fault);
  }

  /** A text says why a file cannot be read. */
  async #read(): Promise<KeyPair | string> {
    try {
      const texts = Object.entries(this.parts).map(async ([part, { text, file }]: [string, Pem]) => [
        part,
        trimmed(file === null ? text : await readFile(file, 'utf8')),
      ]);
      const found = Object.fromEntries((await Promise.all(texts)) as [string, string][]);
      return found as unknown as KeyPair;
    } catch (error) {
      const { code = 'unreadable', path = '' } = error as NodeJS.ErrnoException;
      return `${code} ${path}`;
    }
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => void this.reload(), settleMs).unref();
      });
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // No watches left on this machine, most of all: then it is polled.
    }
  }
}
