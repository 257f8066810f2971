import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Plant {
  readonly name: string;
  /** Below `dist`. */
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

/** A leader answers reads at once from what it knows to be committed, without a round that would tell it that it leads no more. */
export const unconfirmedReads: Plant = {
  name: 'unconfirmed-reads',
  file: 'libs/raft/src/reads.js',
  right: 'else raft.reads.add(origin, raft.log.committed);',
  wrong: 'else answer(raft, origin, raft.log.committed);',
};

/** A node answers `local` reads from a state of any age, whatever `maxStaleness` says. */
export const unboundedStaleness: Plant = {
  name: 'unbounded-staleness',
  file: 'apps/server/src/consensus/read-barrier.js',
  right: 'if (maxStalenessMs !== null && this.ageMs > maxStalenessMs)',
  wrong: 'if (false)',
};

/** The build of this checkout with one line changed. */
export function writePlanted(directory: string, { name, file, right, wrong }: Plant): string {
  const built = join(directory, name);
  cpSync(join(process.cwd(), 'dist'), join(built, 'dist'), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(built, 'node_modules'));
  const path = join(built, 'dist', file);
  const code = readFileSync(path, 'utf8');
  if (code.split(right).length !== 2) throw new Error(`there is no such line in ${path}: ${right}`);
  writeFileSync(path, code.replace(right, wrong));
  return join(built, 'dist', 'apps', 'server', 'src', 'main.js');
}
