import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { CircuitOptions } from '../common/resilience/circuit';
import { Circuits } from '../common/resilience/circuits';
import { RedisConnection } from './redis-connection';

type Use = Omit<CircuitOptions, 'to'>;
type Settings = Pick<Environment, 'redisUrl' | 'redisTlsCa' | 'redisMirror' | 'nodeId'>;

/** A request may wait for it, so it is short; the next try is soon, because a try costs so little. */
const forLimits: Use = {
  ...{ use: 'limits', timeoutMs: 50, attempts: 1, failures: 3, restMs: [250, 5_000], atOnce: 64, waiting: 0 },
};
/** Nobody waits for it, and what it sends may be large. */
const forMirror: Use = {
  ...{ use: 'mirror', timeoutMs: 2_500, attempts: 3, failures: 3, restMs: [250, 5_000], atOnce: 1, waiting: 8 },
};

/** One that refuses to write answers every probe in between. */
const wellForMs = 3_000;

/**
 * What this node has of Redis: a connection for each use, so that copying a large config delays no request. Nothing when
 * none is configured. Tells once when Redis goes away, and once when it is back.
 */
@Injectable()
export class RedisConnections implements OnApplicationBootstrap, OnModuleDestroy {
  readonly limits: RedisConnection | undefined;
  readonly mirror: RedisConnection | undefined;
  #isAwayTold = false;
  #wellSoon: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    @Inject(ENVIRONMENT) settings: Settings,
    circuits: Circuits,
    private readonly log: PinoLogger,
  ) {
    const { redisUrl: url, redisTlsCa: ca, redisMirror, nodeId } = settings;
    if (url === null) return;
    const open = (options: Use): RedisConnection => {
      const circuit = circuits.add({ to: 'redis', ...options });
      return new RedisConnection({ url, ca, name: `config-guardian:${nodeId}:${options.use}` }, circuit);
    };
    this.limits = open(forLimits);
    if (redisMirror) this.mirror = open(forMirror);
    for (const connection of this.all) connection.onChange(() => this.#tell());
  }

  get all(): readonly RedisConnection[] {
    return [this.limits, this.mirror].filter((connection) => connection !== undefined);
  }

  /** Why it is away. */
  get refusal(): string {
    const away = this.all.find(({ isWell }) => !isWell) ?? this.limits;
    return away?.refusal ?? '';
  }

  onApplicationBootstrap(): void {
    for (const connection of this.all) connection.connect();
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearTimeout(this.#wellSoon);
    for (const connection of this.all) connection.end();
  }

  #tell(): void {
    if (this.#isStopped) return;
    if (!this.#isAwayTold && this.all.some(({ isAway }) => isAway)) {
      this.#isAwayTold = true;
      this.log.warn(
        `Redis is away (${this.refusal}): limits of requests are those of this node alone, and the mirror waits`,
      );
    }
    clearTimeout(this.#wellSoon);
    if (this.#isAwayTold && this.#areWell) this.#wellSoon = setTimeout(() => this.#tellWell(), wellForMs).unref();
  }

  get #areWell(): boolean {
    return this.all.every(({ isWell }) => isWell);
  }

  #tellWell(): void {
    if (this.#isStopped || !this.#areWell) return;
    this.#isAwayTold = false;
    this.log.info('Redis is there again');
  }
}
