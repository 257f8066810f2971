import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/** Of the channel, in the worker. */
export const channelFd = 4;

/**
 * The node listens and deals the connections out in turn: the kernel would give most of them to the same worker, and
 * connections are kept for long.
 */
export function forkWorker(): { readonly worker: Worker; readonly channel: Socket } {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: join(__dirname, 'read-worker.js'),
    args: [],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  });
  const worker = cluster.fork();
  return { worker, channel: worker.process.stdio[channelFd] as Socket };
}
