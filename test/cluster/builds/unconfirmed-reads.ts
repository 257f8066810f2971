import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const confirmed = 'else raft.reads.add(origin, raft.log.committed);';
const unconfirmed = 'else answer(raft, origin, raft.log.committed);';

/**
 * The build of this checkout with one line changed: a leader answers reads at once from what it knows to be committed,
 * without a round that would tell it that it leads no more.
 */
export function writeUnconfirmedReads(directory: string): string {
  const built = join(directory, 'unconfirmed-reads');
  cpSync(join(process.cwd(), 'dist'), join(built, 'dist'), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(built, 'node_modules'));
  const file = join(built, 'dist', 'libs', 'raft', 'src', 'reads.js');
  const code = readFileSync(file, 'utf8');
  if (code.split(confirmed).length !== 2) throw new Error(`there is no such line in ${file}: ${confirmed}`);
  writeFileSync(file, code.replace(confirmed, unconfirmed));
  return join(built, 'dist', 'apps', 'server', 'src', 'main.js');
}
