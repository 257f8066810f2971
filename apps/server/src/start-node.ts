import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from './create-app';
import type { Environment } from './common/env';
import { WrongSetting } from './common/setting';

const shutdownMs = 9_000;
/** Waiting for the rest of a request: headers, and the whole request with its body. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** Starts the node, listens, and stops in order on SIGTERM or SIGINT. */
export async function startNode(environment: Environment): Promise<void> {
  const app = await createApp({ environment, onFatal: exitAtOnce });
  let stopping: Promise<void> | undefined;
  const stop = (): void => void (stopping ??= shutDown(app));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await app.init();
  const server: Server = app.getHttpServer();
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  await listen(app, environment);
  announce(environment, (server.address() as AddressInfo).port);
}

async function listen(app: NestExpressApplication, { port, host }: Environment): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await app.close();
    if (code === 'EADDRINUSE') throw new WrongSetting('PORT', String(port), `a port of ${host} that nobody listens on`);
    if (code === 'EACCES') throw new WrongSetting('PORT', String(port), 'a port that this user may listen on');
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new WrongSetting('HOST', host, 'an address of this machine');
    throw error;
  }
}

function announce({ host, dataDir, adminEmail, adminPassword }: Environment, port: number): void {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const file = `${dataDir}/admin-password`;
  const kept = existsSync(file) ? `the password in ${file}` : 'its password';
  const password = adminPassword === null ? kept : 'the password in ADMIN_PASSWORD';
  process.stdout.write(
    `\nConfig Guardian  ${url}\nAPI docs         ${url}/docs\nLog in as        ${adminEmail} with ${password}\n\n`,
  );
}

/** Stops accepting, finishes the requests under way, then closes log and database. Under 10 s, whatever hangs. */
async function shutDown(app: NestExpressApplication): Promise<void> {
  const late = setTimeout(() => process.exit(1), shutdownMs);
  late.unref();
  const server: Server = app.getHttpServer();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, shutdownMs / 2).unref())]);
  server.closeAllConnections();
  await app.close();
  process.exit(0);
}

/** The disk or the state can no longer be trusted. Nothing is flushed: recovery starts from what is known to be durable. */
function exitAtOnce(error: Error): void {
  process.stderr.write(
    `${JSON.stringify({ level: 60, time: Date.now(), msg: 'the node must stop', err: error.stack ?? error.message })}\n`,
  );
  process.exit(1);
}
