import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { WrongSetting } from './setting';

/**
 * The secret kept in a file of mode 0600; made on the first call, whole and synced or not at all. A file that holds less
 * than `minCharacters` was emptied or cut off by somebody, and is refused: a new secret would hide that.
 */
export function secretFile(path: string, minCharacters: number, make: () => string): string {
  const found = keptSecret(path, minCharacters);
  if (found !== undefined) return found;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, `${make()}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
  return readFileSync(path, 'utf8').trim();
}

/** The secret in the file, if there is one. */
export function keptSecret(path: string, minCharacters: number): string | undefined {
  let secret: string;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (secret.length < minCharacters) {
    const takes = `a secret of at least ${minCharacters} characters; put the right file back, or remove it to have a new one made`;
    throw new WrongSetting(path, `${secret.length} characters`, takes);
  }
  keepPrivate(path);
  return secret;
}

/** Copies and restored backups often lose the mode. */
function keepPrivate(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    process.emitWarning(
      `${path} may be read by others (mode 0${mode.toString(8)}), and that cannot be changed: ${code}`,
    );
  }
}
