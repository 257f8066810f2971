import { Inject, Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import type { Deadline } from '../common/deadline';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page } from '../common/http/page';
import { decodeCursor, paged, refuseCursor } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import type { JsonValue } from '../common/json/json-value';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import { ConfigSearch } from './config-search';
import type { ConfigEntity } from './config.entity';
import type { ConfigSummary } from './config.rules';
import { configSummary, keyPattern } from './config.rules';
import type { ListConfigsQuery } from './configs.dto';
import { configs } from './configs.table';

type ConfigItem = ConfigSummary & { readonly content?: JsonValue };

interface KeyRange {
  readonly projectId: string;
  readonly prefix: string;
  readonly after: string | undefined;
}

/** A search looks at this many configs, or for so long, before it lets other requests go on. */
const sliceConfigs = 5_000;
const sliceMs = 5;

@Injectable()
export class ConfigList {
  readonly #texts = new ConfigSearch();

  constructor(
    private readonly consensus: ConsensusService,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  async list(projectId: string, query: ListConfigsQuery, { deadline }: RequestContext): Promise<Page<ConfigItem>> {
    const { limit, cursor, prefix = '', q = '' } = query;
    const range = { projectId, prefix, after: cursor === undefined ? undefined : keyIn(cursor) };
    if (q === '') return this.#page(this.#rows(range), query);
    return this.#page(await this.#search(range, q, limit, deadline), query);
  }

  #rows({ projectId, prefix, after }: KeyRange): Iterable<ConfigEntity> {
    const start = after === undefined ? undefined : encodeKey([projectId, after]);
    return this.consensus.state.of(configs).list('byProject', [projectId], { prefix, after: start });
  }

  #page(rows: Iterable<ConfigEntity>, { limit, include }: ListConfigsQuery): Page<ConfigItem> {
    const present = (config: ConfigEntity): ConfigItem =>
      include === 'content' ? { ...config, content: JSON.parse(config.content) as JsonValue } : configSummary(config);
    return paged(rows, { limit, maxBytes: this.environment.maxResponseBytes }, present, ({ key }) => [key]);
  }

  /**
   * One config more than asked for, if there are so many. The state is searched as it lies in memory. Each slice goes on
   * after the last key, so a search over many configs sees each as it is when its turn comes.
   */
  async #search(range: KeyRange, q: string, limit: number, deadline: Deadline): Promise<ConfigEntity[]> {
    const holds = this.#texts.matcher(q);
    const found: ConfigEntity[] = [];
    for (let after = range.after; ; await setImmediate()) {
      if (deadline.isOver) reject('timeout');
      const until = performance.now() + sliceMs;
      let looked = 0;
      let last: string | undefined;
      for (const config of this.#rows({ ...range, after })) {
        if (looked === sliceConfigs || (looked % 64 === 63 && performance.now() > until)) break;
        looked += 1;
        last = config.key;
        if (holds(config)) found.push(config);
        if (found.length > limit) return found;
      }
      if (last === undefined) return found;
      after = last;
    }
  }
}

function keyIn(cursor: string): string {
  const [key = ''] = decodeCursor(cursor, 1);
  return keyPattern.test(key) ? key : refuseCursor();
}
