import { readdirSync, readFileSync } from 'node:fs';
import type { ClusterNode } from '../processes/cluster-node';

interface Held {
  readonly megabytes: number;
  readonly files: number;
}

/** Memory of its own process that is in RAM, and open files. Undefined where there is no /proc, or no process. */
export function held({ pid }: Pick<ClusterNode, 'pid'>): Held | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
    return { megabytes: kilobytes / 1024, files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

export function holdings(node: ClusterNode): string {
  const { pid, id } = node;
  if (pid === undefined) return `${id} is down`;
  const now = held(node);
  return now
    ? `${id} ${now.megabytes.toFixed(0)} MB and ${now.files} files after ${Math.round(node.uptimeMs / 1000)} s`
    : `${id} cannot be measured (no /proc here, or it ended just now)`;
}

/** Caches and compiled code come in the first minutes; then so much more is a leak. */
const mostGrowth = 1.25;
const least = 9;

/**
 * Whether one process's memory, looked at in equal steps, is flat: the median of its last third beside that of the
 * third before it. Undefined when there is too little of it to tell.
 */
export function isFlat(megabytes: readonly number[]): boolean | undefined {
  if (megabytes.length < least) return undefined;
  const third = Math.floor(megabytes.length / 3);
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return median(megabytes.slice(-third)) <= mostGrowth * median(megabytes.slice(-2 * third, -third));
}
