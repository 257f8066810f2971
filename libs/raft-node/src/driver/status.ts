import { configuration as noMembers, isLearner, membersOf, nodeOf, votersOf } from '@config-guardian/raft';
import type { Status } from '@config-guardian/raft';
import type { OpenedLog } from '../durable-log';
import type { LogMember, LogRole, LogStatus } from '../replicated-log';
import type { LeaderView } from './leader-view';
import type { RunningMember } from './running-member';

export function openedStatus({ identity, hardState, firstIndex, lastIndex, installing }: OpenedLog): LogStatus {
  const { nodeId, clusterId } = identity;
  return {
    nodeId,
    clusterId,
    role: 'follower',
    term: hardState.term,
    leaderId: null,
    firstIndex,
    lastIndex,
    commitIndex: 0,
    appliedIndex: 0,
    installingIndex: installing?.index ?? null,
    pendingProposals: 0,
    voters: [],
    learners: [],
    members: [],
    configuration: noMembers([]),
  };
}

export function runningStatus<Result>(
  running: RunningMember<Result>,
  view: LeaderView,
  { identity }: OpenedLog,
  ended: boolean,
): LogStatus {
  const status = running.node.status();
  const { configuration, term, firstIndex, lastIndex, commit } = status;
  return {
    nodeId: identity.nodeId,
    clusterId: identity.clusterId,
    role: ended ? 'follower' : roleOf(status),
    term,
    leaderId: ended ? null : view.leaderId,
    firstIndex,
    lastIndex,
    commitIndex: commit,
    appliedIndex: running.appliedIndex.value,
    installingIndex: null,
    pendingProposals: running.proposing.pending.size,
    voters: votersOf(configuration).map(nodeOf),
    learners: configuration.learners.map(nodeOf),
    members: membersOf(configuration).map((member) => memberOf(member, status, running)),
    configuration,
  };
}

function roleOf({ role, id, configuration }: Status): LogRole {
  if (role === 'pre-candidate') return 'candidate';
  return role === 'follower' && isLearner(configuration, id) ? 'learner' : role;
}

function memberOf<Result>(member: string, status: Status, running: RunningMember<Result>): LogMember {
  const progress = status.progress.find((one) => one.member === member);
  const own = member === status.id;
  return {
    nodeId: nodeOf(member),
    member,
    role: isLearner(status.configuration, member) ? 'learner' : 'voter',
    matchIndex: progress?.match ?? (own ? status.stableIndex : null),
    lastContactMs: own ? 0 : running.contacts.silence(member),
    state: progress?.state ?? null,
  };
}
