import { createServer } from 'node:net';
import { Chance } from '../../sim/chance';

const chance = new Chance(process.pid ^ Date.now());
const taken = new Set<number>();

/**
 * A free port below those that systems give to outgoing connections: a node that is down must find its port free when
 * it comes back.
 */
export async function stablePort(): Promise<number> {
  for (;;) {
    const port = chance.between(20_000, 32_000);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.once('listening', () => server.close(() => resolve(true)));
  });
}
