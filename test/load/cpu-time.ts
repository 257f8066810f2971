import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick is. */
const microsecondsPerTick = 10_000;

interface ProcessTime {
  readonly parent: number;
  readonly ticks: number;
}

/**
 * CPU time in microseconds that a process (all its threads) and its descendants have taken. On a machine that others
 * use as well it says more than the wall clock. NaN where there is no /proc.
 */
export function cpuTime(pid: number): { readonly own: number; readonly descendants: number } {
  const processes = readProcesses();
  const own = processes.get(pid)?.ticks ?? Number.NaN;
  let descendants = 0;
  for (const [other, { ticks }] of processes)
    if (other !== pid && descends(processes, other, pid)) descendants += ticks;
  return { own: own * microsecondsPerTick, descendants: descendants * microsecondsPerTick };
}

function descends(processes: ReadonlyMap<number, ProcessTime>, pid: number, ancestor: number): boolean {
  for (let at = processes.get(pid)?.parent; at !== undefined; at = processes.get(at)?.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

function readProcesses(): Map<number, ProcessTime> {
  const found = new Map<number, ProcessTime>();
  for (const name of directory()) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    // The name of the program stands in brackets and may hold anything; the numbers follow it.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    const [parent, user, system, ofDeadUser, ofDeadSystem] = [1, 11, 12, 13, 14].map((place) => Number(fields[place]));
    if (parent === undefined || user === undefined || Number.isNaN(user)) continue;
    // A database serves each connection with a process of its own: the time of those that ended is kept with their parent.
    const dead = (ofDeadUser ?? 0) + (ofDeadSystem ?? 0);
    found.set(Number(name), { parent, ticks: user + (system ?? 0) + dead });
  }
  return found;
}

function directory(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function statOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // ended in between
  }
}
