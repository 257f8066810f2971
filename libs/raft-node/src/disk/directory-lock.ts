import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectoryInUse } from './file-system';

const BEAT_MS = 1_000;
const PATIENCE_MS = 5_000;
/** A beat may come late on another host, and its clock may differ: there the lock is watched for longer. */
const PATIENCE_ELSEWHERE_MS = 10_000;
/** So old that no difference of clocks explains it. */
const ABANDONED_MS = 600_000;
/** After a beat nobody can have lost patience this soon. */
const RECENT_MS = 2_500;
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

/** Calling it gives the directory back. */
export type HeldLock = (() => void) & {
  /** Throws when another process has taken the directory meanwhile; costs a comparison as a rule. */
  assertHeld(): void;
};

/**
 * Node has no flock, so this is a lock file that names its owner. An owner in the same process namespace is looked up;
 * one elsewhere (another container on the same volume) is alive when it goes on touching the file. A lock left behind
 * by kill -9 is taken over without a hand. A process that stood still while another took the lock ends when it notices.
 */
export async function lockDirectory(
  directory: string,
  onLost: (message: string) => void = endAtOnce,
): Promise<HeldLock> {
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

function hold(path: string, mine: Owner, onLost: (message: string) => void): HeldLock {
  const watch = new LockWatch(path, mine.token, onLost);
  const beat = setInterval(() => {
    if (watch.check()) fs.utimes(path, new Date(), new Date(), () => undefined);
    else clearInterval(beat);
  }, BEAT_MS);
  beat.unref();
  const unlock = (): void => {
    clearInterval(beat);
    const owner = read(path);
    if (typeof owner === 'object' && owner.token === mine.token) fs.unlinkSync(path);
  };
  return Object.assign(unlock, { assertHeld: () => watch.assertHeld() });
}

/** A second thread's view of the lock that this process holds; undefined when it holds none there. */
export function watchLock(directory: string, onLost: (message: string) => void = endAtOnce): LockWatch | undefined {
  const path = join(directory, 'lock');
  const owner = read(path);
  if (owner === 'missing') return undefined;
  const isOurs =
    owner !== 'unreadable' &&
    owner.pid === process.pid &&
    owner.started === (startOf(process.pid) ?? '') &&
    owner.world === world();
  const watch = new LockWatch(path, isOurs ? owner.token : '', onLost);
  watch.check();
  return watch;
}

/** The monotonic clock runs on while a process is stopped: a gap in the checks is when another may have taken the lock. */
export class LockWatch {
  private checkedAt = performance.now();
  private lost = false;

  constructor(
    private readonly path: string,
    private readonly token: string,
    private readonly onLost: (message: string) => void,
  ) {}

  /** Throws, after `onLost` was told, when the lock is another's. Costs a comparison while checks are recent. */
  assertHeld(): void {
    if (!this.lost && performance.now() - this.checkedAt < RECENT_MS) return;
    if (!this.check()) throw new DirectoryInUse(`${this.path} is no longer the lock of this process.`);
  }

  check(): boolean {
    if (this.lost) return false;
    const now = performance.now();
    const owner = read(this.path);
    const stoodStill = now - this.checkedAt >= PATIENCE_MS;
    // After a gap the taker may have come and gone: only the own token proves anything then. Without a directory there is nothing to take.
    if (typeof owner === 'object' ? owner.token === this.token : !stoodStill || !fs.existsSync(dirname(this.path))) {
      this.checkedAt = now;
      return true;
    }
    this.lost = true;
    const taken = typeof owner === 'object' ? `was taken by process ${owner.pid}` : `is ${owner}`;
    this.onLost(`${this.path} ${taken} after this process stood still: it ends, and writes nothing any more.`);
    return false;
  }
}

/** Nothing is stopped in order: whatever that would write belongs to another process now. */
function endAtOnce(message: string): void {
  fs.writeSync(2, `${JSON.stringify({ level: 60, time: Date.now(), msg: 'the node must stop', err: message })}\n`);
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
  if (owner.world !== world()) return beats(path, bootOf(owner.world) === bootOf(world()));
  const started = startOf(owner.pid);
  return started !== undefined && started === owner.started;
}

async function beats(path: string, sameClock = true): Promise<boolean> {
  const patience = sameClock ? PATIENCE_MS : PATIENCE_ELSEWHERE_MS;
  const abandoned = sameClock ? PATIENCE_MS : ABANDONED_MS;
  const before = touchedAt(path);
  const began = performance.now();
  while (performance.now() - began < patience) {
    const now = touchedAt(path);
    if (now === undefined) return false;
    if (now !== before) return true;
    if (Date.now() - now > abandoned) return false;
    await sleep(250);
  }
  return false;
}

function bootOf(someWorld: string): string {
  return someWorld.split(' ')[0]!;
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
