import type { RedisConnection } from '../redis/redis-connection';
import { defineMirrorScripts } from './mirror-scripts';

const meta = 'cfg-mirror';
const projects = 'cfg-projects';
const fencesOf = (projectId: string): string => `cfg-fences:${projectId}`;

/** How one config stands at an index: with a content, or deleted. */
export interface MirrorChange {
  readonly projectId: string;
  readonly key: string;
  readonly index: number;
  readonly value?: { readonly version: number; readonly content: string };
}

export interface MirrorStanding {
  readonly clusterId: string;
  readonly generation: string;
  /** Every change up to it is in the mirror. */
  readonly index: number;
}

/** Somebody has begun a new generation, or Redis has lost what it held. */
export class MirrorReplaced extends Error {}

/** The mirror as it lies in Redis: `cfg:<project>:<key>` is a hash of version, index and content. */
export class MirrorStore {
  constructor(private readonly redis: RedisConnection) {
    defineMirrorScripts(redis);
  }

  /** `isNew`: begins another generation, of this cluster. */
  async claim(ownClusterId: string, isNew: boolean): Promise<MirrorStanding> {
    const claimed = await this.redis.run((client) =>
      client.mirrorClaim(meta, projects, ownClusterId, isNew ? '1' : '0'),
    );
    const [clusterId, generation, index] = claimed;
    return { clusterId, generation, index: Number(index) };
  }

  /** How many of them were news. `force`: whatever the mirror holds, for a generation that has just begun. */
  async write(generation: string, changes: readonly MirrorChange[], force = false): Promise<number> {
    if (changes.length === 0) return 0;
    const answers = await this.redis.runAll((pipeline) => {
      for (const { projectId, key, index, value } of changes)
        pipeline.mirrorChange(
          ...[meta, fencesOf(projectId), projects, `cfg:${projectId}:${key}`],
          ...[generation, projectId, key, index, force ? '1' : '0'],
          JSON.stringify({ key, index, ...(value ? { version: value.version } : { deleted: true }) }),
          ...(value ? [value.version, value.content] : []),
        );
    });
    if (answers.includes(-1)) throw new MirrorReplaced();
    return answers.filter((answer) => answer === 1).length;
  }

  /**
   * `isStill`: Redis is the one that took the changes. Asked for each attempt, because one that was started again in
   * between may have lost some of them.
   */
  async advance(generation: string, index: number, isStill: () => boolean): Promise<void> {
    const answer = await this.redis.run(async (client) =>
      isStill() ? client.mirrorAdvance(meta, generation, index) : -1,
    );
    if (answer === -1) throw new MirrorReplaced();
  }

  projects(): Promise<readonly string[]> {
    return this.redis.run((client) => client.smembers(projects));
  }

  /** All keys of a project that were ever mirrored, as far as nobody has put something else in place of their fences. */
  keysOf(projectId: string): Promise<readonly string[]> {
    return this.redis.run(async (client) => {
      const fences = fencesOf(projectId);
      return (await client.type(fences)) === 'hash' ? client.hkeys(fences) : [];
    });
  }

  /** Its configs are gone. The fences stay as long as anybody might come late with an old value. */
  async forget(projectId: string): Promise<void> {
    await this.redis.runAll((pipeline) => pipeline.srem(projects, projectId).expire(fencesOf(projectId), 7 * 86_400));
  }
}
