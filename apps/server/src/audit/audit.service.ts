import { Inject, Injectable } from '@nestjs/common';
import { Between, Equal, LessThanOrEqual, MoreThanOrEqual } from 'typeorm';
import type { FindOptionsOrder, FindOptionsWhere, Repository } from 'typeorm';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page } from '../common/http/page';
import { decodeCursor, paged, refuseCursor } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { AuditRecordEntity } from '../consensus/audit-record.entity';
import { CommandRegistry } from '../consensus/command.registry';
import { ConsensusService } from '../consensus/consensus.service';
import { History } from '../consensus/history';
import { notAfter, notBefore, recordedNames } from './audit-filter.rules';
import type { AuditDto, AuditQuery } from './audit.dto';
import { parseRfc3339 } from './rfc3339';

function presented(record: AuditRecordEntity): AuditDto {
  const { index, at, actorId, requestId, command, subjectType, subjectId, projectId, ...outcome } = record;
  return {
    index,
    at,
    actorId,
    requestId,
    command,
    subject: { type: subjectType, id: subjectId, projectId },
    ...outcome,
  };
}

@Injectable()
export class AuditService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly history: History,
    private readonly registry: CommandRegistry,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  /** Newest first. What is recorded while the pages are read comes on none of them. */
  async list(query: AuditQuery, { deadline }: RequestContext): Promise<Page<AuditDto>> {
    const newest = Math.min(beforeCursor(query.cursor), this.consensus.appliedIndex);
    const records = await this.history.at(newest, deadline, (snapshot) =>
      this.#find(snapshot.getRepository(AuditRecordEntity), query, newest),
    );
    const limits = { limit: query.limit, maxBytes: this.environment.maxResponseBytes };
    return paged(records, limits, presented, ({ index }) => [index]);
  }

  async #find(
    records: Repository<AuditRecordEntity>,
    query: AuditQuery,
    newest: number,
  ): Promise<readonly AuditRecordEntity[]> {
    const range = await indexRange(records, query, newest);
    if (!range) return [];
    const { projectId, actorId, command, limit } = query;
    const where: FindOptionsWhere<AuditRecordEntity> = {
      index: Between(...range),
      ...(projectId !== undefined && { projectId }),
      ...(actorId !== undefined && { actorId }),
    };
    const find = (name?: string): Promise<AuditRecordEntity[]> =>
      records.find({
        where: name === undefined ? where : { ...where, command: Equal(name) },
        order: { index: 'DESC' },
        take: limit + 1,
      });
    if (command === undefined) return find();
    // One query for each version of the command: each walks its index in order; a single one would have to sort.
    const found: AuditRecordEntity[] = [];
    for (const name of recordedNames(command, this.registry.commands)) found.push(...(await find(name)));
    return found.sort((a, b) => b.index - a.index);
  }
}

/** The log's time never goes back, so a span of time is a range of indexes, and each filter's index is in that order. */
async function indexRange(
  records: Repository<AuditRecordEntity>,
  { since, until }: AuditQuery,
  newest: number,
): Promise<[number, number] | undefined> {
  const from = since === undefined ? undefined : parseRfc3339(since);
  const to = until === undefined ? undefined : parseRfc3339(until);
  const edge = async (at: FindOptionsWhere<AuditRecordEntity>['at'], direction: 'ASC' | 'DESC') => {
    const order: FindOptionsOrder<AuditRecordEntity> = { at: direction, index: direction };
    return (await records.findOne({ select: { index: true }, where: { at }, order }))?.index;
  };
  const first = from ? await edge(MoreThanOrEqual(notBefore(from)), 'ASC') : 0;
  const last = to ? await edge(LessThanOrEqual(notAfter(to)), 'DESC') : newest;
  return first === undefined || last === undefined ? undefined : [first, Math.min(last, newest)];
}

/** The greatest index of the page that the cursor leads to. */
function beforeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const index = Number(decodeCursor(cursor, 1)[0]);
  return Number.isSafeInteger(index) ? index - 1 : refuseCursor();
}
