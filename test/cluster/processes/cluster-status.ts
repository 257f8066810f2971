import type { Answer } from '../clients/request';

export interface Member {
  readonly id: string;
  readonly raftAddress: string;
  readonly apiAddress: string;
  readonly role: 'voter' | 'learner';
  readonly isLeader: boolean;
  readonly matchIndex: number | null;
  readonly lastContactMs: number | null;
  readonly version: string;
}

/** GET /v1/cluster, as one node sees it. */
export interface ClusterStatus {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly role: 'leader' | 'follower' | 'candidate' | 'learner';
  readonly term: number;
  readonly leaderId: string | null;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly flushedIndex: number;
  readonly stateHash: string;
  readonly members: readonly Member[];
}

export const statusIn = ({ body }: Answer): ClusterStatus => body as unknown as ClusterStatus;

/** The leader that it says itself to be and that a majority of the voters follows in its term. */
export function agreedLeader(statuses: readonly ClusterStatus[]): string | undefined {
  const leaders = statuses.filter(({ role }) => role === 'leader').sort((a, b) => b.term - a.term);
  const [leader] = leaders;
  if (leader === undefined) return undefined;
  const voters = leader.members.filter(({ role }) => role === 'voter').map(({ id }) => id);
  const following = statuses.filter(
    ({ nodeId, term, leaderId }) => voters.includes(nodeId) && term === leader.term && leaderId === leader.nodeId,
  );
  return following.length > voters.length / 2 ? leader.nodeId : undefined;
}

/** Why these nodes do not hold the same yet; undefined when they do. */
export function difference(statuses: readonly ClusterStatus[]): string | undefined {
  const shown = statuses.map(
    ({ nodeId, appliedIndex, flushedIndex, stateHash }) => `${nodeId} ${appliedIndex}/${flushedIndex} ${stateHash}`,
  );
  const [first] = statuses;
  const isSame = statuses.every(
    ({ commitIndex, appliedIndex, flushedIndex, stateHash }) =>
      appliedIndex === commitIndex &&
      flushedIndex === appliedIndex &&
      appliedIndex === first?.appliedIndex &&
      stateHash === first.stateHash,
  );
  return isSame ? undefined : shown.join(', ');
}
