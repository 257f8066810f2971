import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { WrongSetting } from './setting';

/** Makes the directory where it is missing, and proves that files can be made in it, before anything is started. */
export function prepareDataDirectory(path: string): void {
  const directory = resolve(path);
  try {
    makeDirectory(directory);
    const probe = join(directory, `.probe-${randomUUID()}`);
    closeSync(openSync(probe, 'wx', 0o600));
    unlinkSync(probe);
  } catch (error) {
    const [reason] = (error as Error).message.split(', ');
    throw new WrongSetting(
      'DATA_DIR',
      `${JSON.stringify(path)} (${reason})`,
      'a directory that this user can make and write to',
    );
  }
}

/** One level after the other: the recursive mkdir of Node 20 never returns where a parent takes no entries, as /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
