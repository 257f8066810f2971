import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectoryLock } from './file-system';
import { DirectoryInUse } from './file-system';

const BEAT_MS = 1_000;
const PATIENCE_MS = 5_000;
/** Nobody takes a lock that was touched so long ago, so within it nothing has to be read. */
const UNSURE_MS = 2 * BEAT_MS;
/** A killed process is still there for a moment: the system takes back its memory first. */
const DYING_MS = 2_000;

interface Owner {
  readonly token: string;
  readonly pid: number;
  /** When the process started, in the kernel's own count: a process that merely got the same number differs here. */
  readonly started: string;
  /** The kernel boot and the process namespace: only inside the same pair does a pid mean anything. */
  readonly world: string;
}

/**
 * Node has no flock, so this is a lock file that names its owner. An owner in the same process namespace is looked up;
 * one elsewhere (another container on the same volume) is alive when it goes on touching the file. A lock left behind
 * by kill -9 is taken over without a hand. A process that stood still while another took the lock ends before it does
anything: see `check`.
 */
export async function lockDirectory(
  directory: string,
  onLost: (message: string) => void = endAtOnce,
): Promise<DirectoryLock> {
  const path = join(directory, 'lock');
  const mine: Owner = { token: randomUUID(), pid: process.pid, started: startOf(process.pid) ?? '', world: world() };
  const began = performance.now();
  for (let attempt = 0; attempt < 5;) {
    if (createExclusively(path, mine)) return hold(path, mine, onLost);
    const owner = read(path);
    if (owner !== 'missing' && owner !== 'unreadable' && (await isAlive(path, owner))) {
      if (owner.pid !== process.pid && performance.now() - began < DYING_MS) {
        await sleep(20);
        continue;
      }
      throw new DirectoryInUse(
        `The directory ${directory} is in use by process ${owner.pid}: two nodes cannot share one data directory.`,
      );
    }
    attempt += 1;
    if (owner === 'missing' || (owner === 'unreadable' && (await beats(path)))) continue;
    moveAway(path, owner);
  }
  throw new DirectoryInUse(
    `The directory ${directory} is being taken by another process: two nodes cannot share one data directory.`,
  );
}

/** The file appears under its name with its content in one step, so nobody can read half an owner. */
function createExclusively(path: string, owner: Owner): boolean {
  const draft = `${path}.${owner.token}`;
  fs.writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    fs.linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.unlinkSync(draft);
  }
}

function hold(path: string, mine: Owner, onLost: (message: string) => void): DirectoryLock {
  let sureAt = performance.now();
  let isLost = false;
  const look = (): void => {
    if (isLost) return;
    const owner = isStillOf(path, mine);
    if (owner === 'unknown') return;
    if (owner === 'mine') return void (sureAt = performance.now());
    isLost = true;
    clearInterval(beat);
    onLost(`${path} was taken by another process while this one stood still: it ends, and does nothing any more.`);
  };
  const beat = setInterval(() => {
    look();
    if (!isLost) fs.utimes(path, new Date(), new Date(), () => undefined);
  }, BEAT_MS);
  beat.unref();
  const unlock = (): void => {
    clearInterval(beat);
    const owner = read(path);
    if (typeof owner === 'object' && owner.token === mine.token) fs.unlinkSync(path);
  };
  const check = (): void => {
    if (performance.now() - sureAt > UNSURE_MS) look();
  };
  return Object.assign(unlock, { check });
}

function isStillOf(path: string, mine: Owner): 'mine' | 'lost' | 'unknown' {
  const owner = read(path);
  if (typeof owner === 'object') return owner.token === mine.token ? 'mine' : 'lost';
  // No file can be opened just now, or it was written by nobody who takes a lock.
  if (owner === 'unreadable') return 'unknown';
  try {
    // Whoever removed it by hand has let others in: it is put back before they come, or they are there.
    return createExclusively(path, mine) ? 'mine' : 'lost';
  } catch {
    return 'unknown';
  }
}

/** Nothing is stopped in order: whatever that would write belongs to another process now. */
function endAtOnce(message: string): void {
  process.stderr.write(`${JSON.stringify({ level: 60, time: Date.now(), msg: 'the node must stop', err: message })}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function read(path: string): Owner | 'missing' | 'unreadable' {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8')) as Owner;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
  }
}

/** Two processes may find the same dead owner: whoever moved away a live lock instead puts it back and tries again. */
function moveAway(path: string, judged: Owner | 'unreadable'): void {
  const aside = `${path}.${randomUUID()}.stale`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  const wasJudged =
    typeof judged === 'object' ? typeof moved === 'object' && moved.token === judged.token : moved === 'unreadable';
  if (!wasJudged) {
    try {
      fs.linkSync(aside, path);
    } catch {
      // A third process took the free name in between; its lock stands.
    }
  }
  fs.unlinkSync(aside);
}

async function isAlive(path: string, owner: Owner): Promise<boolean> {
  if (owner.world !== world()) return beats(path);
  const started = startOf(owner.pid);
  return started !== undefined && started === owner.started;
}

async function beats(path: string): Promise<boolean> {
  const before = touchedAt(path);
  for (let waited = 0; waited < PATIENCE_MS; waited += 250) {
    const now = touchedAt(path);
    if (now === undefined) return false;
    if (now !== before) return true;
    if (Date.now() - now > PATIENCE_MS) return false;
    await sleep(250);
  }
  return false;
}

function touchedAt(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** When the process started; undefined when no such process lives. Where there is no /proc every living process looks equally old. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    if (fs.existsSync('/proc/self/stat')) return undefined;
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : undefined;
  }
}

function world(): string {
  try {
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
