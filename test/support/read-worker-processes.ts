import { readdirSync, readFileSync } from 'node:fs';
import type { NodeProcess } from './node-process';

/** The workers that live: processes whose command is a read worker's, of this node or, when it is dead, of nobody. */
export function workersOf(node: Pick<NodeProcess, 'pid'>): readonly number[] {
  return processes()
    .filter(({ parent }) => parent === node.pid)
    .map(({ processId }) => processId);
}

export const isRunning = (processId: number): boolean => processes().some((one) => one.processId === processId);

function processes(): readonly { readonly processId: number; readonly parent: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('read-worker.js')) return [];
      const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      return [{ processId: Number(name), parent }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
