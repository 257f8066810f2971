import { Injectable } from '@nestjs/common';
import { ServingGate } from '../common/serving-gate';
import { ConsensusNode } from '../consensus/consensus-node';
import { NodeDatabase } from '../database/node-database';
import { RedisConnections } from '../redis/redis-connections';
import { users } from '../users/users.table';
import { checked, Unavailable } from './check';
import type { ReadinessDto } from './health.dto';

/** Shorter than the time-outs that orchestrators set by default. */
const checkTimeoutMs = 800;
/** A node confirms its state many times a second; one that has not for so long is behind, and others answer better. */
const mostBehindMs = 10_000;

@Injectable()
export class HealthService {
  #query: Promise<unknown> | undefined;

  constructor(
    private readonly node: ConsensusNode,
    private readonly database: NodeDatabase,
    private readonly gate: ServingGate,
    private readonly redis: RedisConnections,
  ) {}

  async readiness(): Promise<ReadinessDto> {
    const [database, raft, applied, redis] = await Promise.all([
      checked(checkTimeoutMs, () => this.#database()),
      checked(checkTimeoutMs, () => this.#raft()),
      checked(checkTimeoutMs, () => this.#applied()),
      this.redis.limits && checked(checkTimeoutMs, () => this.#redis()),
    ]);
    const checks = { database, raft, applied };
    const isReady = Object.values(checks).every(({ status }) => status === 'ok');
    // Nothing that a node answers needs Redis.
    return { status: isReady ? 'ok' : 'unavailable', checks: { ...checks, ...(redis && { redis }) } };
  }

  async #database(): Promise<string> {
    this.#requireStarted();
    // Shared, so that probes of a database that hangs do not take one connection each.
    this.#query ??= this.database.dataSource.query('SELECT 1').finally(() => (this.#query = undefined));
    try {
      await this.#query;
    } catch {
      throw new Unavailable('PostgreSQL does not answer.');
    }
    return 'PostgreSQL answers.';
  }

  async #redis(): Promise<string> {
    try {
      await this.redis.limits?.run((client) => client.ping());
    } catch {
      throw new Unavailable(`Redis is away (${this.redis.refusal}): limits of requests are those of this node alone.`);
    }
    return 'Redis answers.';
  }

  #raft(): string {
    if (this.gate.reason !== null) throw new Unavailable(this.gate.reason);
    const { leaderId, role, term } = this.node.log.status();
    if (leaderId === null) throw new Unavailable(`No leader is known in term ${term}.`);
    return `${leaderId} leads in term ${term}; this node is a ${role}.`;
  }

  #applied(): string {
    this.#requireStarted();
    const { leaderId, commitIndex } = this.node.log.status();
    const { wasConfirmed, ageMs } = this.node.barrier;
    const appliedIndex = this.node.applied.value;
    // The first confirmation holds what this node had missed while it was away.
    if (!wasConfirmed && leaderId === null) throw new Unavailable('No leader has told the commit index yet.');
    if (!wasConfirmed) throw new Unavailable(`Applied up to ${appliedIndex}; more was committed before the start.`);
    if (leaderId !== null && ageMs > mostBehindMs)
      throw new Unavailable(`Applied up to ${appliedIndex}, ${Math.round(ageMs / 1000)} s behind ${leaderId}.`);
    if (this.node.machine.state.of(users).size === 0)
      throw new Unavailable('The first administrator is not there yet.');
    return `Applied up to ${appliedIndex}, committed up to ${commitIndex}.`;
  }

  #requireStarted(): void {
    if (!this.node.isStarted) throw new Unavailable('The node is starting.');
  }
}
