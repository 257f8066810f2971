import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../../sim/chance';
import { RedisServer, withoutRedis } from '../../support/redis-server';
import { ClusterOfProcesses } from '../processes/cluster-of-processes';
import { storedRows } from '../processes/stored-rows';
import { ChaosClients } from './chaos-clients';
import { Disturber } from './disturber';
import { unexplainedErrors } from './log-errors';
import { held, holdings, isFlat } from './process-memory';

/**
 * Three nodes with databases of their own and a Redis, at work for clients that retry, while one thing after the other
 * is killed, restarted and hung. Says what the clients felt, what the nodes held by the minute and what they logged
 * that nothing explains; fails when that is anything, or when too many operations took too long.
 * `npm run chaos [-- minutes seed]`
 */
const [minutes = '15', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const wanted = 0.999;
const lookMs = 1_000;
const began = performance.now();
const lengthMs = Number(minutes) * 60_000;
let isInterrupted = false;
process.once('SIGINT', () => (isInterrupted = true));

const goesOn = (): boolean => !isInterrupted && performance.now() - began < lengthMs;

function print(line: string): void {
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

/** Of the node whose process lives through all of it, by the minute. */
const lasting: number[] = [];

async function observe(cluster: ClusterOfProcesses, clients: ChaosClients): Promise<void> {
  for (let minute = 0; goesOn(); await wait(lookMs)) {
    clients.look();
    if (performance.now() - began < minute * 60_000) continue;
    minute = Math.floor((performance.now() - began) / 60_000) + 1;
    for (const node of cluster.nodes) print(holdings(node));
    const now = held(cluster.nodes.at(-1)!);
    if (now) lasting.push(now.megabytes);
  }
}

async function disturb(cluster: ClusterOfProcesses, redis: RedisServer | undefined): Promise<readonly string[]> {
  const clients = await ChaosClients.start(cluster);
  const disturber = new Disturber(cluster, redis, new Chance(Number(seed)), print);
  await Promise.all([observe(cluster, clients), disturber.run(goesOn)]);
  const wrong = [...(await clients.stop())];
  await cluster.converged();
  const [first, ...others] = (await Promise.all(cluster.nodes.map((node) => storedRows(node)))).map((rows) =>
    JSON.stringify(rows),
  );
  if (others.some((rows) => rows !== first)) wrong.push('the nodes do not hold the same rows');
  for (const availability of Object.values(clients.availabilities)) {
    print(availability.text);
    if (availability.share < wanted) wrong.push(`${availability.what}: fewer than ${wanted * 100} % in time`);
  }
  print(clients.heard);
  const inMegabytes = lasting.map((megabytes) => megabytes.toFixed(0)).join(' ');
  const flat = { true: 'flat', false: 'growing', undefined: 'too short to judge' }[`${isFlat(lasting)}`];
  print(`the process that lived through it held by the minute, in MB: ${inMegabytes}: ${flat}`);
  if (isFlat(lasting) === false) wrong.push('the memory of a process grows');
  print(`${disturber.disturbances.length} disturbances, seed ${seed}`);
  for (const node of cluster.nodes) {
    const errors = unexplainedErrors(node.log, disturber.disturbances);
    print(`${node.id}: ${errors.length} errors in its log that nothing explains`);
    wrong.push(...errors.map((line) => `${node.id} logged: ${line}`));
  }
  return wrong;
}

async function main(): Promise<void> {
  const redis = withoutRedis === undefined ? await RedisServer.start() : undefined;
  if (redis === undefined) print(`NOT CHECKED: faults of Redis: ${withoutRedis}`);
  const variables = redis && {
    REDIS_URL: redis.url,
    REDIS_MIRROR: 'true',
    RATE_LIMIT_ADMIN: '1000000',
    RATE_LIMIT_READ: '1000000',
  };
  const cluster = await ClusterOfProcesses.create({ size: 3, databases: 'own', variables });
  let wrong: readonly string[] = ['it did not come to its end'];
  try {
    await cluster.start();
    wrong = await disturb(cluster, redis);
  } catch (error) {
    wrong = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  } finally {
    await cluster.close({ keepLogs: wrong.length > 0 });
    await redis?.close();
  }
  if (wrong.length === 0) return rmSync(cluster.directory, { recursive: true, force: true });
  process.exitCode = 1;
  for (const what of wrong.slice(0, 50)) print(`WRONG: ${what}`);
  print(`${wrong.length} things are wrong; the logs are in ${cluster.directory}/logs`);
}

// Connections that clients keep open are nothing to wait for.
void main().finally(() => process.exit());
