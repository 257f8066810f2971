import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** A process as the operating system shows it. `birth` tells two processes apart that were given the same number. */
export interface RunningProcess {
  readonly birth: string;
  /** Dead, but not yet collected by its parent: it does nothing more, yet signals still find it. */
  readonly zombie: boolean;
}

const onLinux = process.platform === 'linux';

export function runningProcess(processId: number): RunningProcess | undefined {
  try {
    return onLinux ? fromProc(processId) : fromPs(processId);
  } catch {
    return undefined;
  }
}

function fromProc(processId: number): RunningProcess | undefined {
  const stat = readFileSync(`/proc/${processId}/stat`, 'latin1');
  // The command name stands in brackets and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0] ?? '';
  return { birth: `${bootId()}/${fields[19]}`, zombie: state === 'Z' || state === 'X' };
}

function fromPs(processId: number): RunningProcess | undefined {
  const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(processId)], { encoding: 'utf8' }).trim();
  return line === '' ? undefined : { birth: line.slice(line.indexOf(' ')).trim(), zombie: line.startsWith('Z') };
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

/**
 * The living PostgreSQL processes of a cluster: the postmaster and its backends all work inside the cluster directory.
 * Elsewhere than on Linux only `postmaster`, the one named in the cluster's pid file, can be looked at.
 */
export function postgresProcessesOf(cluster: string, postmaster: number | undefined): number[] {
  if (!onLinux) return postmaster !== undefined && runsOnCluster(postmaster, cluster) ? [postmaster] : [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((processId) => worksIn(processId, cluster) && runningProcess(processId)?.zombie === false);
}

function worksIn(processId: number, cluster: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${processId}/cwd`) === cluster &&
      basename(readlinkSync(`/proc/${processId}/exe`)).startsWith('postgres')
    );
  } catch {
    return false; // gone meanwhile, or another user's
  }
}

function runsOnCluster(processId: number, cluster: string): boolean {
  if (runningProcess(processId)?.zombie !== false) return false;
  try {
    const command = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(processId)], { encoding: 'utf8' });
    return command.includes(cluster);
  } catch {
    return false;
  }
}
