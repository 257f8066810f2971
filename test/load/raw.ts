import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface RawServer {
  readonly url: string;
  readonly pid: number;
  readonly close: () => void;
}

/** Starts a server of `node:http` alone that answers these bytes, whatever is asked. */
export async function rawServer(body: string): Promise<RawServer> {
  const child = fork(join(__dirname, 'raw-server.js'));
  child.send(body);
  const [url] = (await once(child, 'message')) as [string];
  return { url, pid: child.pid ?? 0, close: () => child.disconnect() };
}
