import { isJoint, membersOf } from '@config-guardian/raft';
import type { Configuration, MemberChange, MemberId, MembershipChange } from '@config-guardian/raft';
import type { Chance } from './chance';
import type { Cluster } from './cluster';
import type { Machine } from './machine';

/** Adds, promotes, demotes, removes and replaces members, and hands leadership over, one thing at a time. */
export class Operator {
  private readonly chance: Chance;
  private busy = true;

  constructor(
    private readonly cluster: Cluster,
    private readonly meanWait: number,
  ) {
    this.chance = cluster.world.chance.fork();
    this.next();
  }

  stop(): void {
    this.busy = false;
  }

  private next(): void {
    this.cluster.world.later(this.chance.wait(this.meanWait), () => {
      if (!this.busy) return;
      this.act();
      this.next();
    });
  }

  private act(): void {
    this.reuseSpare();
    const leader = this.cluster.leader();
    if (leader === undefined) return;
    if (this.chance.happens(0.25)) this.transfer(leader);
    else this.change(leader);
  }

  private transfer(leader: Machine): void {
    const to = this.chance.pick(leader.view.configuration.voters);
    if (to === undefined) return;
    leader.happen((member) => {
      if (!member.node.transferLeadership(to).ok) return;
      this.cluster.world.counts.transfers++;
      this.cluster.world.trace(leader.id, `is asked to hand over to ${to}`);
    });
  }

  private change(leader: Machine): void {
    const { world } = this.cluster;
    // Decided when the leader takes it up, which after a pause is later: a member may have been lost meanwhile.
    leader.happen((member) => {
      const { configuration } = leader.view;
      const lost = membersOf(configuration).find((id) => this.cluster.machineOf(id) === undefined);
      const change = this.nextChange(configuration, lost);
      if (change === null || !member.node.proposeConfChange(change).ok) return;
      world.counts['membership changes']++;
      if (isJoint(member.node.status().configuration)) world.counts['joint changes']++;
      if (lost !== undefined) world.counts['members replaced']++;
      if (world.tracing) world.trace(leader.id, `is asked for ${JSON.stringify(change)}`);
    });
  }

  private nextChange(configuration: Configuration, lost: MemberId | undefined): MembershipChange | null {
    if (isJoint(configuration)) return configuration.autoLeave ? null : { type: 'leave-joint' };
    if (lost !== undefined) return this.replacement(lost);
    const changes = this.someChanges(configuration);
    if (changes.length === 0) return null;
    const transition = this.chance.happens(0.6) ? 'auto' : this.chance.happens(0.5) ? 'joint' : 'joint-explicit';
    return { type: 'change', changes, transition };
  }

  /** The member that came in its place begins as a learner, whatever the lost one was. */
  private replacement(lost: MemberId): MembershipChange {
    const successor = this.cluster.machines.find(({ id, name }) => id !== lost && lost.startsWith(`${name}#`))!;
    const changes: MemberChange[] = [
      { type: 'remove', member: lost },
      { type: 'add-learner', member: successor.id },
    ];
    return { type: 'change', changes, transition: this.chance.happens(0.7) ? 'auto' : 'joint' };
  }

  private someChanges({ voters, learners }: Configuration): MemberChange[] {
    const { chance, cluster } = this;
    // With a voter lost for ever, another one less could leave no majority.
    if (cluster.lostVoters().length > 0) return [];
    const target = cluster.world.options.nodes;
    const sound = cluster.machines.filter(({ damaged }) => !damaged);
    const spare = chance.pick(sound.filter(({ id }) => !voters.includes(id) && !learners.includes(id)));
    const voter = chance.pick(voters)!;
    const learner = chance.pick(learners.filter((id) => sound.some((machine) => machine.id === id)));
    const out: MemberChange = { type: chance.happens(0.5) ? 'remove' : 'add-learner', member: voter };
    const mayShrink = voters.length > (chance.happens(0.2) ? 2 : target - 1);
    if (learner !== undefined && chance.happens(0.25)) return [{ type: 'add-voter', member: learner }, out];
    if (learner !== undefined && (voters.length < target || chance.happens(0.3))) {
      return [{ type: 'add-voter', member: learner }];
    }
    if (mayShrink && chance.happens(0.5)) return [out];
    if (learner !== undefined && chance.happens(0.3)) return [{ type: 'remove', member: learner }];
    if (spare !== undefined) return [{ type: chance.happens(0.75) ? 'add-learner' : 'add-voter', member: spare.id }];
    return mayShrink ? [out] : [];
  }

  /** A node that was removed for good may be set up anew; its messages of before are still under way. */
  private reuseSpare(): void {
    if (!this.chance.happens(0.3)) return;
    const machine = this.chance.pick(this.cluster.machines.filter((one) => this.cluster.isSpare(one)));
    if (machine === undefined) return;
    this.cluster.world.trace(machine.id, 'is set up anew');
    machine.replace();
  }
}
