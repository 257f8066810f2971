import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENVIRONMENT } from '../../common/env';
import type { Environment } from '../../common/env';
import { bounded, boundsOf } from '../../common/http/bounded-connections';
import { Certificates } from '../../common/tls/certificates';
import { fastReadSettings } from '../fast/plain-requests';
import { takeCallers } from './caller-address';
import { ConnectionDealer } from './connection-dealer';
import type { FromNode, FromWorker } from './messages';
import type { ReadCounts } from './read-counts';
import { ReadFeed } from './read-feed';
import type { WorkerEnd } from './supervised-worker';
import { takeBack } from './returned-connection';
import { SupervisedWorker } from './supervised-worker';
import type { WorkerChannel } from './worker-channel';

const leastUnsentBytes = 64 * 1024 ** 2;

/** The processes that share the port and answer reads: started with the node, replaced when they die, ended with it. */
@Injectable()
export class ReadWorkers implements OnModuleDestroy {
  readonly #workers: SupervisedWorker[] = [];
  readonly #onCounts: ((counts: ReadCounts) => void)[] = [];
  #restarts = 0;
  #answered = 0;
  #directory: string | undefined;
  readonly #dealer = new ConnectionDealer(this.#workers);
  /** Those that come back, whose workers count them no more. */
  readonly #bounded: (connection: Socket) => void;
  #onEnded: (() => void) | undefined;

  constructor(
    private readonly feed: ReadFeed,
    private readonly log: PinoLogger,
    private readonly certificates: Certificates,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {
    this.#bounded = bounded(boundsOf(environment));
    certificates.api?.onChange((keyPair) => {
      for (const worker of this.#workers) worker.show(keyPair);
    });
  }

  /** Those that take connections. */
  get living(): number {
    return this.#workers.filter(({ isListening }) => isListening).length;
  }

  /** Reads that workers answered themselves. */
  get answered(): number {
    return this.#answered;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Tells what workers have answered since the last time. */
  onCounts(listener: (counts: ReadCounts) => void): void {
    this.#onCounts.push(listener);
  }

  /**
   * The node answers on a socket that only this account can reach, and hands the connections of its port to the workers.
   * Resolves with the port; rejects when it cannot be had.
   */
  async listen(server: Server): Promise<number> {
    this.#directory = mkdtempSync(join(tmpdir(), 'config-guardian-'));
    const nodePath = join(this.#directory, 'node');
    takeCallers(server, this.certificates.api !== undefined);
    // Its connections are a worker's: one that ended while a request was on its way would lose the request.
    server.keepAliveTimeout = 0;
    await once(server.listen(nodePath), 'listening');
    // One after the other: the machine is busy with the node's own start.
    for (let n = 0; n < this.environment.readWorkers; n++) await this.#startOne(server, this.#directory, n);
    try {
      return await this.#dealer.listen(this.environment.port, this.environment.host);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Resolves when all have answered what was under way, and ended. */
  stop(): Promise<void> {
    this.#dealer.close();
    for (const worker of this.#workers) worker.stop();
    return new Promise((resolve) => {
      this.#onEnded = resolve;
      this.#tellEnded();
    });
  }

  kill(): void {
    this.#dealer.close();
    for (const worker of this.#workers) {
      worker.stop();
      worker.kill();
    }
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  onModuleDestroy(): void {
    this.kill();
  }

  #startOne(server: Server, directory: string, place: number): Promise<void> {
    const { readWorkers, maxContentBytes, rateLimitRead, otlpEndpoint, tracesExporter } = this.environment;
    let processes = 0;
    return new Promise((resolve) => {
      const settings = (): FromNode => ({
        type: 'settings',
        settings: {
          ...fastReadSettings(this.environment),
          nodePath: join(directory, 'node'),
          // Another one for each process: the one before it may not have cleared up.
          ownPath: join(directory, `worker-${place}-${++processes}`),
          areCounted: rateLimitRead !== null,
          areTraced: otlpEndpoint !== null && tracesExporter !== 'none',
          bounds: boundsOf(this.environment, readWorkers),
          keyPair: this.certificates.api?.current ?? null,
        },
      });
      const worker = new SupervisedWorker({
        settings,
        // Some contents of the largest size have room in it.
        mostUnsentBytes: Math.max(leastUnsentBytes, 4 * maxContentBytes),
        onStart: (channel) => this.feed.add(channel),
        onMessage: (channel, message) => this.#hear(channel, message),
        onReturn: (connection, returned) => {
          this.#bounded(connection);
          if (!connection.destroyed) takeBack(server, connection, returned);
        },
        onFree: () => {
          resolve();
          this.#dealer.deal();
        },
        isAnyAlive: () => this.#workers.some(({ isAlive }) => isAlive),
        onEnd: (channel, end) => this.#onEnd(channel, end),
      });
      this.#workers.push(worker);
      worker.start();
    });
  }

  #hear(channel: WorkerChannel, message: FromWorker): void {
    switch (message.type) {
      case 'confirm':
        return this.feed.confirm(channel, message.question, message.level);
      case 'counts':
        return this.#count(message.counts);
      case 'log':
        return this.log.logger.info(message.line, message.message);
      case 'listening':
      case 'taken':
        return;
    }
  }

  #count(counts: ReadCounts): void {
    for (const { count } of counts) this.#answered += count;
    for (const listener of this.#onCounts) listener(counts);
  }

  #onEnd(channel: WorkerChannel, { processId, code, signal, reason, restartInMs }: WorkerEnd): void {
    this.feed.remove(channel);
    this.#dealer.deal();
    if (restartInMs !== undefined) {
      this.#restarts += 1;
      this.log.warn({ processId, code, signal, reason, restartInMs }, 'a read worker ended and is replaced');
    }
    this.#tellEnded();
  }

  #tellEnded(): void {
    if (this.#workers.every(({ isAlive }) => !isAlive)) this.#onEnded?.();
  }
}
