import { reject } from '../common/rejected';
import type { ApplyContext } from '../consensus/command';
import { created, touched } from '../consensus/stamp';
import type { StateView } from '../consensus/state/state';
import type { WritableState } from '../consensus/state/staging';
import type { ClusterRole } from '../common/cluster-settings';
import type { ClusterMemberEntity, Standing } from './cluster-member.entity';
import { clusterMembers } from './cluster-members.table';
import { memberChanged } from './member.events';

/** What a node says of itself. */
export interface MemberIdentity {
  readonly nodeId: string;
  readonly incarnation: string;
  readonly raftAddress: string;
  readonly apiAddress: string;
  readonly version: string;
  readonly clusterVersion: number;
}

/** A node that is taken in, and what it wants to be: a voter when it says nothing. */
export interface Newcomer extends MemberIdentity {
  readonly role?: ClusterRole;
}

export interface MemberView {
  readonly nodeId: string;
  readonly standing: Standing;
}

/** A member that was not removed. */
export function requireMember(state: StateView, nodeId: string): ClusterMemberEntity {
  const member = state.of(clusterMembers).get(nodeId);
  return member && member.standing !== 'removed' ? member : reject('member-not-found');
}

/**
 * Takes a node in, or takes what it newly says of itself; what a member is meant to be, only an administrator changes.
 * A node id belongs to one life of one disk, for ever.
 */
export function enlist(
  state: WritableState,
  { role = 'voter', ...identity }: Newcomer,
  context: ApplyContext,
): MemberView {
  const { clusterVersion } = state;
  if (identity.clusterVersion < clusterVersion)
    reject(
      'node-not-joinable',
      `${identity.nodeId} runs ${identity.version}, which understands cluster version ${identity.clusterVersion}; the ` +
        `cluster runs at ${clusterVersion}. Start a newer build there.`,
    );
  const known = state.of(clusterMembers).get(identity.nodeId);
  if (known && (known.standing === 'removed' || known.incarnation !== identity.incarnation)) reject('node-id-used');
  const stamp = known ? { ...known, ...touched(context) } : { standing: role, ...created(context) };
  return put(state, { ...stamp, ...identity });
}

/** Changes what a member is meant to be. At least one voter stays. */
export function stand(state: WritableState, nodeId: string, standing: Standing, context: ApplyContext): MemberView {
  const member = requireMember(state, nodeId);
  const isLast = standing !== 'voter' && member.standing === 'voter' && voters(state) === 1;
  if (isLast) reject('last-voter');
  return put(state, { ...member, standing, ...touched(context) });
}

/** What every member understands that was not removed, the waiting and the silent among them. */
export function commonClusterVersion(state: StateView): number {
  const members = [...state.of(clusterMembers).all()].filter(({ standing }) => standing !== 'removed');
  return members.length === 0 ? 1 : Math.min(...members.map(({ clusterVersion }) => clusterVersion));
}

function voters(state: StateView): number {
  return [...state.of(clusterMembers).all()].filter(({ standing }) => standing === 'voter').length;
}

function put(state: WritableState, row: ClusterMemberEntity): MemberView {
  const member = state.of(clusterMembers).put(row);
  state.emit(memberChanged({ member }));
  return { nodeId: member.nodeId, standing: member.standing };
}
