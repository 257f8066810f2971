import { LogError } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ConsensusNode } from '../consensus/consensus-node';
import { ConsensusService } from '../consensus/consensus.service';
import { DomainEvents } from '../consensus/domain-events';
import type { LeaderDuty } from '../consensus/leader-duties';
import { LeaderDuties } from '../consensus/leader-duties';
import { clusterMembers } from './cluster-members.table';
import { LeaderKnowledge } from './leader-knowledge';
import { leadershipTransferAsked, memberChanged } from './member.events';
import { nextChange } from './membership.rules';
import { endangersQuorum } from './quorum.rules';

const changeMs = 5_000;

/** The leader brings the Raft configuration to what the members are meant to be, one change at a time. */
@Injectable()
export class Reconciler implements LeaderDuty, OnModuleInit {
  readonly name = 'bring the configuration to the wanted members';

  constructor(
    private readonly node: ConsensusNode,
    private readonly consensus: ConsensusService,
    private readonly knowledge: LeaderKnowledge,
    private readonly duties: LeaderDuties,
    private readonly events: DomainEvents,
    private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.duties.register(this);
    this.events.on(memberChanged, () => this.duties.wake());
    this.events.on(leadershipTransferAsked, ({ payload: { to }, term }) => this.#handOver(to, term));
  }

  async perform(): Promise<void> {
    const { log } = this.node;
    const { configuration, commitIndex, members: known, nodeId } = log.status();
    const progress = this.knowledge.judged(known);
    const members = [...this.consensus.state.of(clusterMembers).all()];
    const change = nextChange(members, configuration, progress, commitIndex);
    if (change === undefined || change.type !== 'change') return;
    const [step] = change.changes;
    // When it was decided enough others lived; another vote may have been taken or lost since.
    const living = progress.filter(({ isActive }) => isActive).map(({ member }) => member);
    const isSafe = step?.type === 'add-voter' || !step || !endangersQuorum(configuration.voters, step.member, living);
    if (!isSafe) return this.log.warn(`membership: ${step.type} ${step.member} waits until enough other voters live`);
    const own = known.find((member) => member.nodeId === nodeId)?.member;
    // Another leads before this one goes, so that its own departure is not what the others have to wait for.
    if (step?.type !== 'add-voter' && step?.member === own) return this.#giveUpLeadership();
    this.log.info(`membership: ${step?.type} ${step?.member}`);
    await log.changeMembership(change, { deadlineMs: performance.now() + changeMs });
    this.duties.wake();
  }

  #giveUpLeadership(): Promise<void> {
    return this.node.log.transferLeadership(null, { deadlineMs: performance.now() + changeMs });
  }

  /** What was asked of an earlier leader is over: a node that leads before it has applied all meets such entries too. */
  #handOver(to: string | null, askedIn: number): void {
    const { log } = this.node;
    const { role, term } = log.status();
    if (role !== 'leader' || term !== askedIn) return;
    log.transferLeadership(to, { deadlineMs: performance.now() + changeMs }).catch((error: unknown) => {
      if (error instanceof LogError) this.log.warn(`leadership was not handed over: ${error.message}`);
      else throw error;
    });
  }
}
