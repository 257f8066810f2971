import type { PeerIdentity } from '@config-guardian/raft-node';
import { memberId, PeerError } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Rejected } from '../common/rejected';
import { ServingGate } from '../common/serving-gate';
import { ConsensusNode } from '../consensus/consensus-node';
import { ConsensusService } from '../consensus/consensus.service';
import { DomainEvents } from '../consensus/domain-events';
import { LeaderDuties } from '../consensus/leader-duties';
import { PeerNetwork } from '../consensus/peers/peer-network';
import type { ClusterMemberEntity, Standing } from './cluster-member.entity';
import { clusterMembers } from './cluster-members.table';
import { announceMember } from './commands/announce-member.command';
import { memberChanged } from './member.events';
import type { MemberIdentity } from './member.rules';
import { PeerDirectory } from './peer-directory';

export const standingMethod = 'cluster/standing';

export interface StandingAnswer {
  readonly standing: Standing | null;
}

const intervalMs = 1_000;
const askMs = 2_000;

/** This node as a member: says where it is and what it runs, and stops serving when it was removed. */
@Injectable()
export class OwnMembership implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;
  #announcing: Promise<void> | undefined;
  #isStopped = false;
  #isRetired = false;

  constructor(
    private readonly node: ConsensusNode,
    private readonly consensus: ConsensusService,
    private readonly network: PeerNetwork,
    private readonly directory: PeerDirectory,
    private readonly duties: LeaderDuties,
    private readonly events: DomainEvents,
    private readonly gate: ServingGate,
    private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.duties.register({ name: 'announce this node as a member', perform: () => this.#announce() });
    this.network.on(standingMethod, (_body, from) => this.#standingOf(from));
    this.events.on(memberChanged, ({ payload: { member } }) => {
      if (member.standing === 'removed' && member.nodeId === this.network.identity.nodeId) this.#retire();
    });
  }

  onApplicationBootstrap(): void {
    this.node.started.then(
      () => this.#look(),
      () => undefined,
    );
  }

  async onModuleDestroy(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#announcing?.catch(() => undefined);
  }

  /** Followers announce themselves here, the leader as its duty; whoever has no leader asks whether it still belongs. */
  async #look(): Promise<void> {
    const { leaderId, nodeId } = this.consensus.status();
    if (this.#row?.standing === 'removed') this.#retire();
    if (this.#isRetired) this.#leave();
    else if (leaderId === null) await this.#askWhetherRemoved();
    else if (leaderId !== nodeId) await this.#announce().catch(() => undefined);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#look(), intervalMs);
    this.#timer.unref();
  }

  get #row(): ClusterMemberEntity | undefined {
    return this.consensus.state.of(clusterMembers).get(this.network.identity.nodeId);
  }

  #announce(): Promise<void> {
    return (this.#announcing ??= this.#announceOnce().finally(() => (this.#announcing = undefined)));
  }

  async #announceOnce(): Promise<void> {
    const own = announced(this.network.identity);
    if (isSame(this.#row, own)) return;
    // What this node has not applied yet may say it already.
    await this.node.barrier.confirm();
    if (isSame(this.#row, own) || this.#isStopped) return;
    try {
      await this.consensus.executeAsSystem(announceMember, own);
    } catch (error) {
      if (!(error instanceof Rejected) || error.code !== 'node-id-used') throw error;
      this.#retire();
    }
  }

  async #askWhetherRemoved(): Promise<void> {
    const asked = this.directory.addresses.map(async (address) => {
      const { from, answer } = await this.network.askAt<StandingAnswer>(address, standingMethod, {}, askMs);
      return from.clusterId === this.network.identity.clusterId && answer.standing === 'removed';
    });
    const answers = await Promise.all(asked.map((answer) => answer.catch(() => false)));
    if (!answers.includes(true)) return;
    this.#retire();
    this.directory.leave();
  }

  /** As long as the others still count it, it goes on taking part: their next configuration may need its vote. */
  #leave(): void {
    const { nodeId, incarnation } = this.network.identity;
    const own = memberId(nodeId, incarnation);
    if (this.consensus.status().members.every(({ member }) => member !== own)) this.directory.leave();
  }

  #standingOf(from: PeerIdentity): StandingAnswer {
    if (!this.node.isStarted) throw new PeerError('not-ready', 'this node is starting');
    const row = this.consensus.state.of(clusterMembers).get(from.nodeId);
    return { standing: row?.incarnation === from.incarnation ? row.standing : null };
  }

  #retire(): void {
    this.#isRetired = true;
    const { nodeId } = this.network.identity;
    const reason = `The node ${nodeId} was removed from its cluster and serves no more.`;
    if (!this.gate.close(reason)) return;
    this.log.error(
      `${reason} To take part again, stop it, give it an empty DATA_DIR, an empty database and a NODE_ID that was never ` +
        'used, and start it with CLUSTER_JOIN and CLUSTER_SECRET.',
    );
  }
}

const announced = (identity: PeerIdentity): MemberIdentity => ({
  nodeId: identity.nodeId,
  incarnation: identity.incarnation,
  raftAddress: identity.raftAddress,
  apiAddress: identity.apiAddress,
  version: identity.version,
  clusterVersion: identity.clusterVersion,
});

const isSame = (row: ClusterMemberEntity | undefined, own: MemberIdentity): boolean =>
  row !== undefined && (Object.keys(own) as (keyof MemberIdentity)[]).every((name) => row[name] === own[name]);
