import { LogError, memberId } from '@config-guardian/raft-node';
import type { LogMember } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ServingGate } from '../common/serving-gate';
import { ConsensusNode } from '../consensus/consensus-node';
import type { NotedHashes } from '../consensus/hash-notes';
import { PeerNetwork } from '../consensus/peers/peer-network';
import { apartFrom, verdictOf } from './divergence.rules';
import type { Verdict } from './divergence.rules';

const hashesMethod = 'cluster/hashes';
const intervalMs = 2_000;
/** As long as no verdict can be given. */
const unknownMs = 250;
const askMs = 1_000;
const handOverMs = 5_000;

type HashesAnswer = readonly (readonly [index: number, hash: string])[];

/**
 * Compares the state hash of this node with those of the other members at equal indexes. Equal logs make equal states,
 * so a difference is damage, or an apply that is not deterministic: what this node holds is served no more when most
 * voters hold something else, or when no majority agrees.
 */
@Injectable()
export class StateComparison implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #apart: readonly string[] = [];
  #mustNotLead = false;

  constructor(
    private readonly node: ConsensusNode,
    private readonly network: PeerNetwork,
    private readonly gate: ServingGate,
    private readonly log: PinoLogger,
  ) {}

  /** The members that hold another state than this node, as far as it knows. */
  get apart(): readonly string[] {
    return this.#apart;
  }

  onModuleInit(): void {
    this.network.on(hashesMethod, () => (this.node.isStarted ? [...this.#own()] : []) satisfies HashesAnswer);
  }

  onApplicationBootstrap(): void {
    if (!this.network.transport) return;
    this.node.started.then(
      () => this.#look(),
      () => undefined,
    );
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const verdict = await this.#compare();
    if (this.#isStopped) return;
    if (verdict === 'minority' || verdict === 'no-majority') this.#close(verdict);
    if (this.#mustNotLead) await this.#handOver();
    this.#timer = setTimeout(() => void this.#look(), verdict === 'unknown' ? unknownMs : intervalMs);
    this.#timer.unref();
  }

  async #compare(): Promise<Verdict> {
    const { members } = this.node.log.status();
    const { nodeId, incarnation } = this.network.identity;
    const own = memberId(nodeId, incarnation);
    const others = members.filter(({ member }) => member !== own);
    if (others.length === members.length) return 'agreed';
    const told = new Map<string, NotedHashes>();
    await Promise.all(
      others.map(async (other) => {
        const hashes = await this.#ask(other.nodeId);
        if (hashes) told.set(other.nodeId, hashes);
      }),
    );
    const noted = this.#own();
    this.#report(apartFrom(noted, told));
    const voters = members.filter(({ role }) => role === 'voter');
    const hashesOf = ({ member, nodeId: id }: LogMember) => (member === own ? noted : (told.get(id) ?? null));
    return verdictOf(noted, voters.map(hashesOf));
  }

  async #ask(nodeId: string): Promise<NotedHashes | null> {
    const answer = this.network.ask<HashesAnswer>(nodeId, hashesMethod, {}, askMs);
    return answer.then((hashes) => new Map(hashes)).catch(() => null);
  }

  /** What was noted, and the present: in a cluster at rest all stand at the same index. */
  #own(): NotedHashes {
    const { machine, hashNotes } = this.node;
    return new Map([...hashNotes.hashes, [machine.position.index, machine.hash]]);
  }

  #report(apart: readonly string[]): void {
    const news = apart.filter((nodeId) => !this.#apart.includes(nodeId));
    this.#apart = apart;
    for (const nodeId of news)
      this.log.error(`state hash: ${nodeId} holds another state than this node (${this.network.identity.nodeId})`);
  }

  #close(verdict: 'minority' | 'no-majority'): void {
    const { nodeId } = this.network.identity;
    const found =
      verdict === 'minority'
        ? `The state hash of ${nodeId} differs from that of most members`
        : 'No majority of the members has the same state hash';
    // Where nobody knows who is right, nobody is a better leader.
    this.#mustNotLead = verdict === 'minority';
    if (this.gate.close(`${found}: the node serves no more.`))
      this.log.error(`${found}: the node serves no more. ${ways[verdict]}`);
  }

  /** It may be elected again: it still votes. */
  async #handOver(): Promise<void> {
    const { log } = this.node;
    if (log.status().role !== 'leader') return;
    try {
      await log.transferLeadership(null, { deadlineMs: performance.now() + handOverMs });
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.log.warn(`leadership was not handed over: ${error.message}`);
    }
  }
}

const ways = {
  minority:
    'A restart loads its state from its database again; if that is what differs, remove the node and let it join again, ' +
    'with an empty DATA_DIR, an empty database and another NODE_ID.',
  'no-majority': 'Restore a backup, or find out which node is right (docs/cluster.md).',
} as const;
