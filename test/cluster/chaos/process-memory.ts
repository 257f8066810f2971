import { readdirSync, readFileSync } from 'node:fs';
import type { ClusterNode } from '../processes/cluster-node';

/** What a node holds: the memory of its own process that is in RAM, and its open files. */
export function holdings(node: ClusterNode): string {
  const { pid, id } = node;
  if (pid === undefined) return `${id} is down`;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
    const files = readdirSync(`/proc/${pid}/fd`).length;
    return `${id} ${(kilobytes / 1024).toFixed(0)} MB and ${files} files after ${Math.round(node.uptimeMs / 1000)} s`;
  } catch {
    return `${id} cannot be measured (no /proc here, or it ended just now)`;
  }
}
