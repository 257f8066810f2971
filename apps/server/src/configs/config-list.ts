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

/** A search goes on for so long before it lets other requests go on. */
const sliceMs = 5;
/** It looks at the clock each time it has done so much, in characters searched: a small part of a slice. */
const effortBetweenLooks = 32_768;

@Injectable()
export class ConfigList {
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

  #rows(range: KeyRange): Iterable<ConfigEntity> {
    return this.consensus.state.of(configs).list('byProject', [range.projectId], optionsOf(range));
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
    const search = new ConfigSearch(q);
    const found: ConfigEntity[] = [];
    for (let after = range.after; ; await setImmediate()) {
      if (deadline.isOver) reject('timeout');
      const last = this.#searchSlice({ ...range, after }, search, found, limit);
      if (last === undefined) return found;
      after = last.key;
    }
  }

  /** The config behind which the search has to go on, if it has to. */
  #searchSlice(range: KeyRange, search: ConfigSearch, found: ConfigEntity[], limit: number): ConfigEntity | undefined {
    const until = performance.now() + sliceMs;
    let lookAt = search.effort + effortBetweenLooks;
    for (const passed of this.consensus.state.of(configs).walk('byProject', [range.projectId], optionsOf(range))) {
      if (search.finds(passed) && found.push(passed.row) > limit) return undefined;
      if (search.effort < lookAt) continue;
      if (performance.now() >= until) return passed.row;
      lookAt = search.effort + effortBetweenLooks;
    }
    return undefined;
  }
}

const optionsOf = ({ projectId, prefix, after }: KeyRange) => ({
  prefix,
  after: after === undefined ? undefined : encodeKey([projectId, after]),
});

function keyIn(cursor: string): string {
  const [key = ''] = decodeCursor(cursor, 1);
  return keyPattern.test(key) ? key : refuseCursor();
}
