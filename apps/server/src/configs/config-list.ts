import { Inject, Injectable } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page } from '../common/http/page';
import { decodeCursor, encodeCursor, paged } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import type { JsonValue } from '../common/json/json-value';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import { NodeDatabase } from '../database/node-database';
import { ConfigEntity } from './config.entity';
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

/** The trigram index needs three characters; less than that would match nearly every content anyway. */
const shortestTextSearch = 3;

@Injectable()
export class ConfigList {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly database: NodeDatabase,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  async list(projectId: string, query: ListConfigsQuery, context: RequestContext): Promise<Page<ConfigItem>> {
    const { limit, cursor, prefix = '', q = '' } = query;
    const range = { projectId, prefix, after: cursor === undefined ? undefined : keyIn(cursor) };
    if (q.length < shortestTextSearch) return this.#page(withKey(this.#rows(range), q), query);
    const keys = await this.#search(range, q, limit, context);
    const rows = keys.slice(0, limit).flatMap((key) => this.consensus.state.of(configs).get(projectId, key) ?? []);
    const page = this.#page(rows, query);
    const last = keys[limit - 1];
    return keys.length > limit && last !== undefined
      ? { ...page, nextCursor: page.nextCursor ?? encodeCursor([last]) }
      : page;
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

  /** PostgreSQL only finds the keys, one more than asked for; what is answered is the state, as everywhere. */
  async #search({ projectId, prefix, after }: KeyRange, q: string, limit: number, { deadline }: RequestContext) {
    await this.consensus.flushed(deadline);
    const query = this.database.dataSource
      .getRepository(ConfigEntity)
      .createQueryBuilder('config')
      .select('config.key', 'key')
      .where('config.projectId = :projectId', { projectId })
      .andWhere('(config.key ILIKE :text OR config.content ILIKE :text)', { text: `%${escapeLike(q)}%` })
      .orderBy('config.key')
      .limit(limit + 1);
    if (prefix !== '') query.andWhere('config.key LIKE :prefix', { prefix: `${escapeLike(prefix)}%` });
    if (after !== undefined) query.andWhere('config.key > :after', { after });
    return (await query.getRawMany<{ key: string }>()).map(({ key }) => key);
  }
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

function* withKey(rows: Iterable<ConfigEntity>, q: string): Generator<ConfigEntity> {
  const wanted = q.toLowerCase();
  for (const row of rows) if (row.key.toLowerCase().includes(wanted)) yield row;
}

function keyIn(cursor: string): string {
  const [key = ''] = decodeCursor(cursor, 1);
  if (keyPattern.test(key)) return key;
  return reject('validation-failed', {
    errors: [{ parameter: 'cursor', message: 'must be the nextCursor of a page of this list' }],
  });
}
