import { isJoint } from './configuration';
import type { Configuration } from './configuration';
import type { MemberId } from './identity';
import { nodeOf } from './identity';
import { refused } from './membership-change';
import type { MemberChange, MembershipChange, Refused } from './membership-change';

/** The configuration that follows from a change, or why the change cannot be made. */
export function changed(current: Configuration, change: MembershipChange): Configuration | Refused {
  if (change.type === 'leave-joint') return isJoint(current) ? leaveJoint(current) : refused('not-joint');
  if (isJoint(current)) return refused('joint');
  const target = change.changes.reduce(withChange, current);
  const refusal = refuseTarget(current, target);
  if (refusal !== null) return refusal;
  const simple = change.transition === 'auto' && votersChanged(current, target) <= 1;
  return simple ? target : enterJoint(current, target, change.transition !== 'joint-explicit');
}

/** The second step of a joint change: the incoming half alone, the demoted now learners. */
export function leaveJoint(current: Configuration): Configuration {
  return {
    voters: current.voters,
    outgoing: [],
    learners: [...current.learners, ...current.learnersNext].sort(),
    learnersNext: [],
    autoLeave: false,
  };
}

/** The first step. A demoted voter still votes in the outgoing half, so it cannot be a learner yet. */
function enterJoint(current: Configuration, target: Configuration, autoLeave: boolean): Configuration {
  const stillVoting = (member: MemberId) => current.voters.includes(member);
  return {
    voters: target.voters,
    outgoing: current.voters,
    learners: target.learners.filter((member) => !stillVoting(member)),
    learnersNext: target.learners.filter(stillVoting),
    autoLeave,
  };
}

function withChange(of: Configuration, { type, member }: MemberChange): Configuration {
  const without = (members: readonly MemberId[]) => members.filter((other) => other !== member);
  const voters = without(of.voters);
  const learners = without(of.learners);
  if (type === 'add-voter') voters.push(member);
  if (type === 'add-learner') learners.push(member);
  return { ...of, voters: voters.sort(), learners: learners.sort() };
}

function refuseTarget(current: Configuration, target: Configuration): Refused | null {
  if (target.voters.length === 0) return refused('no-voters');
  const members = [...target.voters, ...target.learners];
  if (new Set(members.map(nodeOf)).size < members.length) return refused('two-incarnations');
  const same = sameMembers(current.voters, target.voters) && sameMembers(current.learners, target.learners);
  return same ? refused('no-change') : null;
}

/** Majorities of two sets that differ by one member overlap; with two or more they need not. */
function votersChanged(current: Configuration, target: Configuration): number {
  const gained = target.voters.filter((member) => !current.voters.includes(member)).length;
  const lost = current.voters.filter((member) => !target.voters.includes(member)).length;
  return gained + lost;
}

function sameMembers(one: readonly MemberId[], other: readonly MemberId[]): boolean {
  return one.length === other.length && one.every((member) => other.includes(member));
}
