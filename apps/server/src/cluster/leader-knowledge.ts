import { PeerError } from '@config-guardian/raft-node';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { ConsensusNode } from '../consensus/consensus-node';
import { PeerNetwork } from '../consensus/peers/peer-network';
import type { MemberProgress } from './membership.rules';

const progressMethod = 'cluster/progress';

/** What only the leader knows of a member. */
export interface Progress {
  readonly member: string;
  readonly matchIndex: number | null;
  readonly lastContactMs: number | null;
}

/** How far each member is, as the leader knows it, asked of the leader where that is another node. */
@Injectable()
export class LeaderKnowledge implements OnModuleInit {
  constructor(
    private readonly node: ConsensusNode,
    private readonly network: PeerNetwork,
    @Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'electionMs'>,
  ) {}

  onModuleInit(): void {
    this.network.on(progressMethod, () => this.#asLeader());
  }

  /** Null when no leader answers in time. */
  async ask(timeoutMs: number): Promise<readonly Progress[] | null> {
    const { role, leaderId } = this.node.log.status();
    if (role === 'leader') return this.#asLeader();
    if (leaderId === null || timeoutMs <= 0) return null;
    return this.network.ask<readonly Progress[]>(leaderId, progressMethod, {}, timeoutMs).catch(() => null);
  }

  /** As the rules want it. */
  judged(progress: readonly Progress[]): readonly MemberProgress[] {
    return progress.map(({ member, matchIndex, lastContactMs }) => ({
      member,
      match: matchIndex ?? 0,
      isActive: lastContactMs !== null && lastContactMs < this.environment.electionMs,
    }));
  }

  #asLeader(): readonly Progress[] {
    const { role, members } = this.node.log.status();
    if (role !== 'leader') throw new PeerError('not-leader', 'this node does not lead');
    return members.map(({ member, matchIndex, lastContactMs }) => ({ member, matchIndex, lastContactMs }));
  }
}
