import type { MemberChange, MembershipChange, Configuration } from '@config-guardian/raft-node';
import { memberId } from '@config-guardian/raft-node';
import type { ClusterMemberEntity } from './cluster-member.entity';

/** How far the leader knows a member to be. */
export interface MemberProgress {
  readonly member: string;
  readonly match: number;
  /** It has answered within the last election timeout. */
  readonly isActive: boolean;
}

/** A learner this close to the commit index is given its vote: what is missing travels in a message or two. */
const nearlyCaughtUp = 1_000;

/**
 * The next change on the way from the configuration in force to the standing of the members; undefined when they agree
 * or nothing can be done yet. Removals first: a dead voter that is replaced should count no longer than it must.
 */
export function nextChange(
  members: readonly ClusterMemberEntity[],
  { voters, learners, outgoing }: Configuration,
  progress: readonly MemberProgress[],
  commitIndex: number,
): MembershipChange | undefined {
  if (outgoing.length > 0) return undefined;
  const idOf = ({ nodeId, incarnation }: ClusterMemberEntity): string => memberId(nodeId, incarnation);
  const within = (list: readonly string[]) => (member: ClusterMemberEntity) => list.includes(idOf(member));
  const standing = (wanted: ClusterMemberEntity['standing']) => members.filter((member) => member.standing === wanted);
  const hasCaughtUp = (member: ClusterMemberEntity): boolean => {
    const known = progress.find((one) => one.member === idOf(member));
    return known !== undefined && known.isActive && known.match + nearlyCaughtUp >= commitIndex;
  };
  const change = (type: MemberChange['type'], member: ClusterMemberEntity | undefined) =>
    member && ({ type: 'change', changes: [{ type, member: idOf(member) }], transition: 'auto' } as const);
  const known = [...voters, ...learners];
  return (
    change('remove', standing('removed').find(within(known))) ??
    change('add-learner', standing('learner').find(within(voters))) ??
    change(
      'add-voter',
      standing('voter').find((member) => within(learners)(member) && hasCaughtUp(member)),
    ) ??
    change(
      'add-learner',
      [...standing('voter'), ...standing('learner')].find((member) => !within(known)(member)),
    )
  );
}
