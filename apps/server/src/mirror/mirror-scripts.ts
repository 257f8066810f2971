import type { ClientContext, Result } from 'ioredis';
import type { RedisConnection } from '../redis/redis-connection';

declare module 'ioredis' {
  interface RedisCommander<Context extends ClientContext> {
    mirrorClaim(
      meta: string,
      projects: string,
      clusterId: string,
      isNew: '0' | '1',
    ): Result<[string, string, string], Context>;
    mirrorChange(...keysAndArguments: readonly (string | number)[]): Result<number, Context>;
    mirrorAdvance(meta: string, generation: string, index: number): Result<number, Context>;
  }
}

/** A key of ours that somebody made something else of would refuse every command. */
const cleared = `
local function cleared(key, kind)
  local found = redis.call('type', key).ok
  if found ~= 'none' and found ~= kind then redis.call('del', key) end
end`;

/** Whose mirror this is, its generation, and the index up to which it is whole. A new generation shuts out all writers before it. */
const claim = `${cleared}
if ARGV[2] == '1' then
  cleared(KEYS[1], 'hash')
  cleared(KEYS[2], 'set')
  local generation = redis.call('hget', KEYS[1], 'generation')
  if generation and not string.match(generation, '^%d+$') then redis.call('hdel', KEYS[1], 'generation') end
  redis.call('hset', KEYS[1], 'cluster', ARGV[1], 'index', '0')
  redis.call('hincrby', KEYS[1], 'generation', 1)
else
  redis.call('hsetnx', KEYS[1], 'cluster', ARGV[1])
  redis.call('hsetnx', KEYS[1], 'generation', '1')
  redis.call('hsetnx', KEYS[1], 'index', '0')
end
return redis.call('hmget', KEYS[1], 'cluster', 'generation', 'index')`;

/**
 * KEYS: mirror, fences of the project, projects, the config. ARGV: generation, project, key, index, force, notice,
 * version, content; a deletion has no version. Answers 1 when it wrote, 0 when the mirror has this or a newer one, and
 * -1 when the generation is another. The fence of a key outlives the key, so nothing older ever comes back.
 */
const change = `${cleared}
if redis.call('hget', KEYS[1], 'generation') ~= ARGV[1] then return -1 end
if ARGV[5] == '1' then
  cleared(KEYS[2], 'hash')
  cleared(KEYS[4], 'hash')
end
local index = tonumber(ARGV[4])
local fence = tonumber(redis.call('hget', KEYS[2], ARGV[3]) or '-1')
local isThere = redis.call('exists', KEYS[4]) == 1
local isPut = #ARGV == 8
if ARGV[5] ~= '1' and (index < fence or (index == fence and isThere == isPut)) then return 0 end
if isPut then
  redis.call('hset', KEYS[4], 'version', ARGV[7], 'index', ARGV[4], 'content', ARGV[8])
else
  redis.call('del', KEYS[4])
end
redis.call('hset', KEYS[2], ARGV[3], ARGV[4])
redis.call('sadd', KEYS[3], ARGV[2])
if index ~= fence or isThere ~= isPut then redis.call('publish', 'cfg:changes:' .. ARGV[2], ARGV[6]) end
return 1`;

const advance = `
if redis.call('hget', KEYS[1], 'generation') ~= ARGV[1] then return -1 end
if tonumber(ARGV[2]) > tonumber(redis.call('hget', KEYS[1], 'index') or '0') then
  redis.call('hset', KEYS[1], 'index', ARGV[2])
end
return 1`;

export function defineMirrorScripts({ client }: RedisConnection): void {
  client.defineCommand('mirrorClaim', { numberOfKeys: 2, lua: claim });
  client.defineCommand('mirrorChange', { numberOfKeys: 4, lua: change });
  client.defineCommand('mirrorAdvance', { numberOfKeys: 1, lua: advance });
}
