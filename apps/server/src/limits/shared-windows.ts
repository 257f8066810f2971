import type { ClientContext, Result } from 'ioredis';
import type { RedisConnection } from '../redis/redis-connection';

/** What all nodes have counted of a key, and how long it counts yet. */
export interface SharedWindow {
  readonly total: number;
  readonly resetMs: number;
}

/** Counters that several nodes add to. */
export interface SharedWindows {
  /** Whether asking is worth a wait. */
  readonly isUsable: boolean;
  /** Adds to the counters, each of which begins a window when there is none. */
  add(counts: ReadonlyMap<string, number>, windowMs: number): Promise<ReadonlyMap<string, SharedWindow>>;
}

/** In one step, so that no counter stays behind without an end. The clock is that of Redis, one for all nodes. */
const addScript = `
local total = redis.call('incrby', KEYS[1], ARGV[1])
local rest = redis.call('pttl', KEYS[1])
if rest < 0 then
  rest = tonumber(ARGV[2])
  redis.call('pexpire', KEYS[1], rest)
end
return { total, rest }`;

declare module 'ioredis' {
  interface RedisCommander<Context extends ClientContext> {
    countInWindow(key: string, count: number, windowMs: number): Result<[number, number], Context>;
  }
}

export class RedisWindows implements SharedWindows {
  /** `name`: what is counted, a part of the keys in Redis. */
  constructor(
    private readonly redis: RedisConnection,
    private readonly name: string,
  ) {
    redis.client.defineCommand('countInWindow', { numberOfKeys: 1, lua: addScript });
  }

  get isUsable(): boolean {
    return this.redis.isWell;
  }

  async add(counts: ReadonlyMap<string, number>, windowMs: number): Promise<ReadonlyMap<string, SharedWindow>> {
    const answers = await this.redis.runAll((pipeline) => {
      for (const [key, count] of counts) pipeline.countInWindow(`limit:${this.name}:${key}`, count, windowMs);
    });
    const windows = (answers as readonly [number, number][]).map(([total, resetMs]) => ({ total, resetMs }));
    return new Map([...counts.keys()].map((key, place) => [key, windows[place] ?? { total: 0, resetMs: windowMs }]));
  }
}
