import { LogError, PeerError } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ConsensusNode } from '../consensus/consensus-node';
import { PeerNetwork } from '../consensus/peers/peer-network';
import { heirOf } from './database-heir.rules';
import type { Standstills } from './database-heir.rules';

const databaseMethod = 'cluster/database';
const intervalMs = 500;
/** Longer than a restart of PostgreSQL in good order. */
const patienceMs = 2_000;
/** What a voter may show to be called able. */
const ableMs = 1_000;
const askMs = 1_000;
const handOverMs = 5_000;
/** Between two attempts: where databases come and go, leadership must not follow each of them. */
const restMs = 10_000;

interface DatabaseAnswer {
  readonly standstillMs: number;
}

/**
 * What a leader applies waits in memory while its database takes nothing, and when no more may wait, it applies nothing:
 * then no write is answered, through whichever node it came. So such a leader hands over in time to a voter whose
 * database takes what it is given. Where there is none, another leader would be no better.
 *
 * Not a duty of the leader: those wait for the state to follow the log. Every node tells of its own database.
 */
@Injectable()
export class DatabaseWatch implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #restsUntil = 0;
  #isTold = false;

  constructor(
    private readonly node: ConsensusNode,
    private readonly network: PeerNetwork,
    private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.network.on(databaseMethod, () => this.#own());
  }

  onApplicationBootstrap(): void {
    this.#schedule();
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#look(), intervalMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      this.#tell();
      if (this.#isDue()) await this.#handOver();
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.log.warn(`leadership was not handed over: ${error.message}`);
    } finally {
      this.#schedule();
    }
  }

  /** Once when the database stops taking what waits for it, and once when it is back. */
  #tell(): void {
    const standstillMs = this.node.isStarted ? this.node.persister.standstillMs : 0;
    const stands = standstillMs > patienceMs;
    if (stands && !this.#isTold)
      this.log.warn(
        `the database has taken nothing for ${Math.round(standstillMs)} ms: what it misses waits in memory, and the log has it`,
      );
    if (!stands && this.#isTold) this.log.info('the database takes what it is given again');
    this.#isTold = stands;
  }

  #isDue(): boolean {
    if (!this.network.transport || !this.node.isStarted || performance.now() < this.#restsUntil) return false;
    return this.node.log.status().role === 'leader' && this.node.persister.standstillMs > patienceMs;
  }

  async #handOver(): Promise<void> {
    const { log, persister } = this.node;
    this.#restsUntil = performance.now() + restMs;
    const { members, nodeId } = log.status();
    const others = members.filter((member) => member.nodeId !== nodeId);
    const heir = heirOf(others, await this.#ask(others.map((other) => other.nodeId)), ableMs);
    const found = `the database of this node, the leader, has taken nothing for ${Math.round(persister.standstillMs)} ms`;
    if (heir === undefined) return this.log.warn(`${found}, and no other voter is known to be better off`);
    this.log.warn(`${found}: leadership goes to ${heir}`);
    await log.transferLeadership(heir, { deadlineMs: performance.now() + handOverMs });
  }

  async #ask(nodeIds: readonly string[]): Promise<Standstills> {
    const standstills = new Map<string, number>();
    const ask = async (nodeId: string): Promise<void> => {
      const answer = await this.network.ask<DatabaseAnswer>(nodeId, databaseMethod, {}, askMs).catch(() => undefined);
      if (answer !== undefined) standstills.set(nodeId, answer.standstillMs);
    };
    await Promise.all(nodeIds.map(ask));
    return standstills;
  }

  #own(): DatabaseAnswer {
    if (!this.node.isStarted) throw new PeerError('not-ready', 'this node is starting');
    return { standstillMs: this.node.persister.standstillMs };
  }
}
