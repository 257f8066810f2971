import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Repository } from 'typeorm';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { PageQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import type { JsonValue } from '../common/json/json-value';
import { TextDiff } from '../common/json/text-diff';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { History } from '../consensus/history';
import { versionPage } from '../schemas/version-page';
import { ConfigRevisionEntity } from './config-revision.entity';
import type { DiffQuery } from './config-revisions.dto';
import { lastChangeOf } from './config.rules';

/** Every version that a config ever had, also of one that is deleted. Lives in PostgreSQL alone. */
@Injectable()
export class ConfigHistory implements OnModuleDestroy {
  readonly #diff = new TextDiff();

  constructor(
    private readonly consensus: ConsensusService,
    private readonly history: History,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  async list(projectId: string, key: string, { limit, cursor }: PageQuery, context: RequestContext) {
    const { maxResponseBytes: maxBytes } = this.environment;
    return this.#query(projectId, key, context, (revisions) =>
      versionPage(revisions, { projectId, key }, { limit, cursor, maxBytes }, present),
    );
  }

  async get(projectId: string, key: string, version: number, context: RequestContext) {
    return present(await this.#revision(projectId, key, version, context));
  }

  /** The bytes of a `DiffDto`: it may be large, and is written where it was made. */
  async diff(projectId: string, key: string, { from, to }: DiffQuery, context: RequestContext) {
    const before = await this.contentOf(projectId, key, from, context);
    const after = await this.contentOf(projectId, key, to, context);
    const diff = await this.#diff.between({ before, after, maxBytes: this.environment.maxResponseBytes });
    const answer = [`{"from":${from},"to":${to},`, diff, '}'].map((part) => Buffer.from(part));
    return new StreamableFile(Buffer.concat(answer), { type: 'application/json; charset=utf-8' });
  }

  /** Its thread would keep the process alive. */
  async onModuleDestroy(): Promise<void> {
    await this.#diff.close();
  }

  /** The canonical text of a version; a deletion has none and is not found. */
  async contentOf(projectId: string, key: string, version: number, context: RequestContext): Promise<string> {
    const { content } = await this.#revision(projectId, key, version, context);
    return content ?? reject('revision-not-found', `Version ${version} is a deletion and has no content.`);
  }

  async #revision(projectId: string, key: string, version: number, context: RequestContext) {
    const revision = await this.#query(projectId, key, context, (revisions) =>
      revisions.findOneBy({ projectId, key, version }),
    );
    return revision ?? reject('revision-not-found', `The config ${key} never had a version ${version}.`);
  }

  async #query<T>(
    projectId: string,
    key: string,
    { deadline }: RequestContext,
    query: (revisions: Repository<ConfigRevisionEntity>) => Promise<T>,
  ): Promise<T> {
    const index = lastChangeOf(this.consensus.state, projectId, key);
    return this.history.at(index, deadline, (snapshot) => query(snapshot.getRepository(ConfigRevisionEntity)));
  }
}

const present = (revision: ConfigRevisionEntity) => ({
  ...revision,
  content: revision.content === null ? null : (JSON.parse(revision.content) as JsonValue),
});
