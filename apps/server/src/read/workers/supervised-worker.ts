import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { KeyPair } from '../../common/tls/key-pair';
import type { Taker } from './connection-dealer';
import { HandedConnection } from './handed-connection';
import { RestartDelay } from './restart-delay';
import type { FromNode, FromWorker } from './messages';
import type { Returned } from './returned-connection';
import { WorkerChannel } from './worker-channel';
import { forkWorker } from './worker-process';

/** A worker tells its counts twice a second; one that has not for so many seconds hangs. */
const mostSilentSeconds = 15;

export interface WorkerParts {
  readonly settings: () => FromNode;
  readonly mostUnsentBytes: number;
  readonly onStart: (channel: WorkerChannel) => void;
  readonly onMessage: (channel: WorkerChannel, message: FromWorker) => void;
  readonly onReturn: (connection: Socket, returned: Returned) => void;
  /** It can be given a connection. */
  readonly onFree: () => void;
  /** Whether a worker lives, in any place. */
  readonly isAnyAlive: () => boolean;
  readonly onEnd: (channel: WorkerChannel, end: WorkerEnd) => void;
}

export interface WorkerEnd {
  readonly processId: number | undefined;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why the node ended it, if it did. */
  readonly reason: string | undefined;
  /** Undefined when it is not started again. */
  readonly restartInMs: number | undefined;
}

/** One place for a worker: the process in it is replaced when it ends. */
export class SupervisedWorker implements Taker {
  readonly #delay = new RestartDelay();
  #worker: ChildProcess | undefined;
  #handed: HandedConnection | undefined;
  #channel: WorkerChannel | undefined;
  #isListening = false;
  #isStopping = false;
  #reason: string | undefined;
  #silentSeconds = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(private readonly parts: WorkerParts) {}

  get isListening(): boolean {
    return this.#isListening;
  }

  get isAlive(): boolean {
    return this.#worker !== undefined;
  }

  get isTaking(): boolean {
    return this.#handed?.isUnderWay ?? false;
  }

  take(connection: Socket): void {
    if (this.#handed) this.#handed.send(connection);
    else connection.destroy();
  }

  start(): void {
    const startedAt = performance.now();
    const { worker, channel: socket } = forkWorker();
    const channel: WorkerChannel = new WorkerChannel(socket, {
      mostUnsentBytes: this.parts.mostUnsentBytes,
      onBehind: () => this.kill('too much waits for it'),
      onMessage: (message) => {
        this.#silentSeconds = 0;
        this.#hear(channel, message);
      },
    });
    [this.#worker, this.#channel, this.#reason] = [worker, channel, undefined];
    this.#handed = new HandedConnection(worker);
    channel.send(this.parts.settings());
    this.parts.onStart(channel);
    this.#silentSeconds = 0;
    const watch = setInterval(() => this.#watch(), 1_000).unref();
    // Told of its end below; a message that it can no longer take is no fault of the node.
    worker.on('error', () => undefined);
    worker.on('message', (returned: Returned, connection: Socket | undefined) => {
      // Its client may be gone by now.
      if (connection) this.parts.onReturn(connection, returned);
    });
    worker.once('exit', (code: number | null, signal: string | null) => {
      clearInterval(watch);
      channel.close();
      this.#ended(channel, { processId: worker.pid, code, signal }, performance.now() - startedAt);
    });
  }

  /** From now on, and to whoever connects. */
  show(keyPair: KeyPair): void {
    this.#channel?.send({ type: 'key-pair', keyPair });
  }

  /** It ends by itself when what is under way has ended. */
  stop(): void {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    this.#channel?.send({ type: 'stop' });
  }

  kill(reason?: string): void {
    this.#reason ??= reason;
    this.#worker?.kill('SIGKILL');
  }

  #hear(channel: WorkerChannel, message: FromWorker): void {
    if (message.type !== 'taken' && message.type !== 'listening') return this.parts.onMessage(channel, message);
    if (message.type === 'taken') this.#handed?.taken(message.connection);
    else this.#isListening = true;
    this.parts.onFree();
  }

  #watch(): void {
    if (++this.#silentSeconds > mostSilentSeconds) this.kill('it was silent for too long');
  }

  #ended(channel: WorkerChannel, end: Pick<WorkerEnd, 'processId' | 'code' | 'signal'>, livedMs: number): void {
    this.#handed?.end();
    this.#worker = this.#channel = this.#handed = undefined;
    this.#isListening = false;
    const restartInMs = this.#isStopping ? undefined : this.#delay.afterDeath(livedMs, !this.parts.isAnyAlive());
    this.parts.onEnd(channel, { ...end, reason: this.#reason, restartInMs });
    if (restartInMs !== undefined && !this.#isStopping) this.#restart = setTimeout(() => this.start(), restartInMs);
  }
}
