import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient, QueryResult } from 'pg';
import type { EntityManager } from 'typeorm';
import type { Deadline } from '../common/deadline';
import { reject } from '../common/rejected';
import { NodeDatabase } from '../database/node-database';
import { ConsensusService } from './consensus.service';

/** The rows are written again within a few round trips of the persister's new connection. */
const pauseMs = 25;

type Query<T> = (snapshot: EntityManager) => Promise<T>;

/** Both in one message, so that the snapshot costs one round trip; its first query is what takes it. */
const beginAndAskIndex = `START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
  SELECT applied_index FROM raft_meta WHERE id = 1`;

/** Reads of what lives in PostgreSQL alone. */
@Injectable()
export class History {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly database: NodeDatabase,
  ) {}

  /**
   * Queries one snapshot that holds everything up to the index. What was flushed is not enough: a crash of the server
   * takes its newest commits with it, and the pool may be connected again before this node knows of the crash.
   */
  async at<T>(index: number, deadline: Deadline, query: Query<T>): Promise<T> {
    for (;;) {
      await this.consensus.flushed(deadline, index);
      const found = await this.#inSnapshot(index, query);
      if (found) return found.answer;
      if (deadline.remainingMs <= pauseMs)
        reject('not-ready', { detail: 'The database of this node is catching up.', retryAfterSeconds: 1 });
      await delay(pauseMs);
    }
  }

  /**
   * Undefined when the snapshot does not reach the index, whatever the query says then. One trip: the query is sent
   * behind what opens the snapshot, and nobody waits for the end of it.
   */
  async #inSnapshot<T>(index: number, query: Query<T>): Promise<{ readonly answer: T } | undefined> {
    const runner = this.database.dataSource.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    const begun = client.query(beginAndAskIndex);
    const asked = query(runner.manager);
    // Nothing was written. A connection that fails here is lost, and the pool drops it.
    const over = async (): Promise<void> => {
      await client.query('ROLLBACK').catch(() => undefined);
      await runner.release();
    };
    void Promise.allSettled([begun, asked]).then(over);
    // The driver's types do not know that several statements have several results.
    const [, meta] = (await begun) as unknown as QueryResult<{ applied_index: string }>[];
    const appliedIndex = Number(meta?.rows[0]?.applied_index ?? 0);
    return appliedIndex < index ? undefined : { answer: await asked };
  }
}
