import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/** Of the channel, in the worker. Beside it there is Node's own, over which connections come. */
export const channelFd = 4;

export function forkWorker(): { readonly worker: ChildProcess; readonly channel: Socket } {
  const worker = fork(join(__dirname, 'read-worker.js'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  });
  return { worker, channel: worker.stdio[channelFd] as Socket };
}
