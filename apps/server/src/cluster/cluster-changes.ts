import type { LogStatus } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestContext } from '../common/http/request-context';
import { reject } from '../common/rejected';
import type { CommandDefinition } from '../consensus/command';
import { ConsensusService } from '../consensus/consensus.service';
import type { AddMemberDto, ClusterDto, TransferLeadershipDto } from './cluster.dto';
import { clusterMembers } from './cluster-members.table';
import { ClusterView } from './cluster-view';
import { addMember } from './commands/add-member.command';
import { demoteMember } from './commands/demote-member.command';
import { promoteMember } from './commands/promote-member.command';
import { removeMember } from './commands/remove-member.command';
import { transferLeadership } from './commands/transfer-leadership.command';
import { LeaderKnowledge } from './leader-knowledge';
import { requireMember } from './member.rules';
import type { MemberView } from './member.rules';
import { nextChange } from './membership.rules';
import { endangersQuorum } from './quorum.rules';
import { WaitingNodes } from './waiting-nodes';

const lookEveryMs = 25;
const askLeaderMs = 1_000;
const whole = { level: 'linearizable' } as const;

/** Changes of the members and of leadership: each is decided by the log, then waited for until it is in force. */
@Injectable()
export class ClusterChanges {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly view: ClusterView,
    private readonly knowledge: LeaderKnowledge,
    private readonly waiting: WaitingNodes,
  ) {}

  async add(dto: AddMemberDto, context: RequestContext): Promise<ClusterDto> {
    if (!this.consensus.repeated(context)) {
      const member = await this.waiting.find(dto);
      const known = this.consensus.state.of(clusterMembers).get(dto.id);
      const isMember = known?.incarnation === member.incarnation && known.standing !== 'removed';
      if (!isMember) {
        this.#requireNoChange();
        await this.consensus.execute(addMember, member, context);
      }
      await this.waiting.invite(member);
    }
    return this.#inForce(context, `${dto.id} takes part`, ({ members }) =>
      members.some(({ nodeId }) => nodeId === dto.id),
    );
  }

  async remove(nodeId: string, context: RequestContext): Promise<ClusterDto> {
    await this.#stand(removeMember, nodeId, context);
    return this.#inForce(context, `${nodeId} is out`, ({ members }) =>
      members.every((member) => member.nodeId !== nodeId),
    );
  }

  async promote(nodeId: string, context: RequestContext): Promise<ClusterDto> {
    await this.#change(promoteMember, nodeId, context);
    return this.#inForce(context, `${nodeId} votes, which it does as soon as it has caught up`, ({ members }) =>
      members.some((member) => member.nodeId === nodeId && member.role === 'voter'),
    );
  }

  async demote(nodeId: string, context: RequestContext): Promise<ClusterDto> {
    await this.#stand(demoteMember, nodeId, context);
    return this.#inForce(context, `${nodeId} votes no more`, ({ members }) =>
      members.every((member) => member.nodeId !== nodeId || member.role === 'learner'),
    );
  }

  async transfer({ to = null }: TransferLeadershipDto, context: RequestContext): Promise<ClusterDto> {
    const { leaderId, voters, term } = this.consensus.status();
    const isRepeated = this.consensus.repeated(context) !== undefined;
    const isThere = to !== null && leaderId === to;
    if (!isRepeated && !isThere) {
      if (voters.length < 2) reject('last-voter', 'There is no other voter to hand leadership over to.');
      await this.consensus.execute(transferLeadership, { to }, context);
    }
    return this.#inForce(context, `${to ?? 'another node'} leads`, (now) =>
      to === null ? isRepeated || (now.leaderId !== null && now.term > term) : now.leaderId === to,
    );
  }

  /** Takes a vote, so it must not be one that those who live cannot do without. */
  async #stand(
    command: CommandDefinition<{ readonly nodeId: string }, MemberView>,
    nodeId: string,
    context: RequestContext,
  ): Promise<void> {
    if (!this.consensus.repeated(context)) {
      requireMember(this.consensus.state, nodeId);
      await this.#requireQuorumWithout(nodeId);
    }
    await this.#change(command, nodeId, context);
  }

  async #change(
    command: CommandDefinition<{ readonly nodeId: string }, MemberView>,
    nodeId: string,
    context: RequestContext,
  ): Promise<void> {
    if (!this.consensus.repeated(context)) {
      requireMember(this.consensus.state, nodeId);
      this.#requireNoChange();
    }
    await this.consensus.execute(command, { nodeId }, context);
  }

  #requireNoChange(): void {
    const { configuration, commitIndex } = this.consensus.status();
    const members = [...this.consensus.state.of(clusterMembers).all()];
    const isUnderWay =
      configuration.outgoing.length > 0 || nextChange(members, configuration, [], commitIndex) !== undefined;
    if (isUnderWay) reject('membership-change-pending');
  }

  async #requireQuorumWithout(nodeId: string): Promise<void> {
    const { voters } = this.consensus.status();
    if (!voters.includes(nodeId) || voters.length === 1) return;
    const progress = await this.knowledge.ask(askLeaderMs);
    if (!progress) return reject('no-leader', 'The leader, who knows which members live, does not answer.');
    const living = this.knowledge.judged(progress).filter(({ isActive }) => isActive);
    const { members } = this.consensus.status();
    const nodesAlive = members.filter(({ member }) => living.some((one) => one.member === member));
    const alive = nodesAlive.map((member) => member.nodeId);
    if (!endangersQuorum(voters, nodeId, alive)) return;
    const dead = voters.filter((voter) => voter !== nodeId && !alive.includes(voter));
    reject(
      'quorum-at-risk',
      `Without ${nodeId} too few voters would be left that live: ${dead.join(', ')} cannot be reached.`,
    );
  }

  async #inForce(
    { deadline }: RequestContext,
    what: string,
    isSo: (status: LogStatus) => boolean,
  ): Promise<ClusterDto> {
    for (;;) {
      const status = this.consensus.status();
      if (status.configuration.outgoing.length === 0 && isSo(status)) return this.view.read(whole);
      if (deadline.remainingMs <= lookEveryMs)
        reject('outcome-unknown', {
          detail: `It was decided, but it is not so yet that ${what}.`,
          retryAfterSeconds: 1,
        });
      await delay(lookEveryMs);
    }
  }
}
