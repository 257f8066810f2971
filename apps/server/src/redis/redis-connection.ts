import { Redis } from 'ioredis';
import type { ChainableCommander } from 'ioredis';
import type { Circuit } from '../common/resilience/circuit';
import { inSpan } from '../common/tracing';

export interface RedisPlace {
  readonly url: string;
  /** The authorities that its certificate is checked against, in PEM. */
  readonly ca: string | null;
  /** What Redis calls this connection in its list of clients. */
  readonly name: string;
}

/** Redis answers within this, or its connection is given up: nothing else ends one whose other side is gone. */
const answerMs = 3_000;
const longestPauseMs = 3_000;
/** One that is ended by this side is waited for so long. */
const endMs = 100;

/** One connection to Redis, made again whenever it breaks. While there is none a command fails at once: nothing queues up. */
export class RedisConnection {
  readonly #client: Redis;
  #isSettled = false;
  #refusal: string | undefined;

  constructor(
    { url, ca, name }: RedisPlace,
    private readonly circuit: Circuit,
  ) {
    this.#client = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: answerMs,
      socketTimeout: answerMs,
      disconnectTimeout: endMs,
      connectionName: name,
      disableClientInfo: true,
      retryStrategy: (times) => pauseMs(times),
      ...(ca !== null && { tls: { ca } }),
    });
    for (const event of ['ready', 'close']) this.#client.on(event, () => (this.#isSettled = true));
    this.#client.on('close', () => dropStaleTimer(this.#client));
    // Those who mind hear of its end; without a listener it would be printed.
    this.#client.on('error', (error: Error) => (this.#refusal = error.message));
  }

  /** Whether a command would be tried now, and was answered lately. */
  get isWell(): boolean {
    return this.#client.status === 'ready' && this.circuit.standing === 'closed';
  }

  /** Not while the first attempt to connect is under way. */
  get isAway(): boolean {
    return this.#isSettled && !this.isWell;
  }

  /** What Redis, or the way to it, said last; it may have said nothing. */
  get refusal(): string {
    return this.#refusal ?? (this.#client.status === 'ready' ? 'no answer in time' : 'the connection ended');
  }

  get client(): Redis {
    return this.#client;
  }

  /** Does not wait: Redis may be away. */
  connect(): void {
    this.#client.connect().catch(() => undefined);
  }

  end(): void {
    this.#client.disconnect();
  }

  /** There is a connection, again. A listener must not throw. */
  onReady(listener: () => void): void {
    this.#client.on('ready', listener);
  }

  /** It may be well now or may not be any more. A listener must not throw. */
  onChange(listener: () => void): void {
    this.#client.on('ready', listener).on('close', listener);
    this.circuit.onChange(listener);
  }

  /** Rejects when Redis refuses, or cannot be asked. */
  run<Result>(commands: (client: Redis) => Promise<Result>): Promise<Result> {
    const { use } = this.circuit.options;
    const asked = (): Promise<Result> => this.#heard(commands(this.#client));
    return this.circuit.run(() => inSpan(`redis ${use}`, { 'db.system.name': 'redis' }, asked));
  }

  async #heard<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      const result = await answer;
      this.#refusal = undefined;
      return result;
    } catch (error) {
      // That there is no connection says less than why there is none.
      if (this.#client.status === 'ready') this.#refusal = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  /** The answers to many commands at once. Rejects when one of them fails. */
  runAll(commands: (pipeline: ChainableCommander) => void): Promise<readonly unknown[]> {
    return this.run(async (client) => {
      const pipeline = client.pipeline();
      commands(pipeline);
      const answers = (await pipeline.exec()) ?? [];
      return answers.map(([error, answer]) => {
        if (error) throw error;
        return answer;
      });
    });
  }
}

/**
 * What ioredis (5.11) leaves running behind a connection that ended with a command unanswered: it would end the next
 * connection, though that one answers, and keep a process that has nothing else to do.
 */
function dropStaleTimer(client: Redis): void {
  const timers = client as unknown as { socketTimeoutTimer?: NodeJS.Timeout };
  clearTimeout(timers.socketTimeoutTimer);
  timers.socketTimeoutTimer = undefined;
}

/** Nodes that lost the same Redis do not all come back in the same moment. */
const pauseMs = (times: number): number => Math.min(longestPauseMs, 50 * 2 ** times) * (0.5 + Math.random() / 2);
