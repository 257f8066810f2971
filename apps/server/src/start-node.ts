import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { LogMismatch } from '@config-guardian/raft-node';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Environment } from './common/env';
import { boundConnections, boundsOf } from './common/http/bounded-connections';
import { OpenRequests } from './common/http/open-requests';
import { limitWaiting } from './common/http/server-limits';
import { say } from './common/say';
import { WrongSetting } from './common/setting';
import { ConsensusNode } from './consensus/consensus-node';
import { createApp } from './create-app';
import { ReadWorkers } from './read/workers/read-workers';
import { stopNode } from './stop-node';
import type { StopSignals } from './stop-signals';

const notHere: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EAI_AGAIN', 'EINVAL', 'ENOTFOUND']);

/** Starts the node, listens, and stops in order when it is told to. */
export async function startNode(environment: Environment, signals: StopSignals): Promise<void> {
  await requireFreeAddress(environment);
  const app = await createApp({ environment, onFatal: exitAtOnce });
  const server: Server = app.getHttpServer();
  const requests = new OpenRequests(server);
  signals.answerWith((signal) => stopNode(app, requests, signal));
  limitWaiting(server);
  // Otherwise the read workers bound theirs.
  if (environment.readWorkers === 0) boundConnections(server, boundsOf(environment));
  let port = environment.port;
  try {
    if (!signals.stopping) await app.init();
    if (!signals.stopping) port = await listen(app, environment);
    // It answers already, and says what it waits for.
    await app.get(ConsensusNode).started;
  } catch (error) {
    // What a stop takes away from a start is no reason of its own.
    if (!signals.stopping) throw error;
  }
  if (!signals.stopping) announce(environment, port);
}

/** Before the database is started: a mistyped port is told at once, and nothing has been touched. */
async function requireFreeAddress({ port, host }: Environment): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen(port, host), 'listening');
  } catch (error) {
    throw unusableAddress(error, port, host);
  }
  await new Promise((resolve) => probe.close(resolve));
}

/** The port, which is another one than was asked for when that was 0. */
async function listen(app: NestExpressApplication, { port, host, readWorkers }: Environment): Promise<number> {
  const server: Server = app.getHttpServer();
  try {
    if (readWorkers > 0) return await app.get(ReadWorkers, { strict: false }).listen(server);
    await app.listen(port, host);
    return (server.address() as AddressInfo).port;
  } catch (error) {
    await app.close();
    throw unusableAddress(error, port, host);
  }
}

function unusableAddress(error: unknown, port: number, host: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const wrongPort = (takes: string) => new WrongSetting('PORT', JSON.stringify(String(port)), takes);
  if (code === 'EADDRINUSE') return wrongPort(`a port of ${host} that nobody listens on`);
  if (code === 'EACCES') return wrongPort('a port that this user may listen on');
  return notHere.has(code) ? new WrongSetting('HOST', JSON.stringify(host), 'an address of this machine') : error;
}

function announce(environment: Environment, port: number): void {
  const { host, tlsCert, dataDir, adminEmail, adminPassword, clusterPeers, clusterJoin } = environment;
  const url = `${tlsCert === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const file = `${dataDir}/admin-password`;
  const elsewhere =
    clusterPeers || clusterJoin !== null ? 'the password in admin-password of the node that led first' : 'its password';
  const kept = existsSync(file) ? `the password in ${file}` : elsewhere;
  const password = adminPassword === null ? kept : 'the password in ADMIN_PASSWORD';
  say(
    process.stdout,
    `\nConfig Guardian  ${url}\nAPI docs         ${url}/docs\nLog in as        ${adminEmail} with ${password}\n\n`,
  );
}

/** The disk or the state can no longer be trusted. Nothing is flushed: recovery starts from what is known to be durable. */
function exitAtOnce(error: Error): void {
  // It says what to do: where it was found is of no help.
  const err = error instanceof LogMismatch ? error.message : (error.stack ?? error.message);
  say(process.stderr, `${JSON.stringify({ level: 60, time: Date.now(), msg: 'the node must stop', err })}\n`);
  process.exit(1);
}
