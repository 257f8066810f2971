import { configuration, memberId } from '@config-guardian/raft';
import type { Configuration, MemberId } from '@config-guardian/raft';
import { randomUUID } from 'node:crypto';
import type { LogIdentity } from '../wal/record';

/** The cluster that is about to be: its id, and the incarnation of every first member. */
export interface FormationPlan {
  readonly clusterId: string;
  readonly incarnations: Readonly<Record<string, string>>;
}

/** What the log of a member begins with. */
export interface FirstLog {
  readonly identity: LogIdentity;
  readonly configuration: Configuration;
}

export function newPlan(nodeIds: readonly string[]): FormationPlan {
  return {
    clusterId: randomUUID(),
    incarnations: Object.fromEntries([...nodeIds].sort().map((nodeId) => [nodeId, randomUUID()])),
  };
}

export function membersOf({ incarnations }: FormationPlan): readonly MemberId[] {
  return Object.entries(incarnations).map(([nodeId, incarnation]) => memberId(nodeId, incarnation));
}

export function firstLogOf(plan: FormationPlan, nodeId: string): FirstLog {
  const incarnation = plan.incarnations[nodeId];
  if (incarnation === undefined) throw new Error(`${nodeId} is not among the members of the cluster that is formed`);
  return {
    identity: { clusterId: plan.clusterId, nodeId, incarnation },
    configuration: configuration(membersOf(plan)),
  };
}

/** A group of one needs nobody's consent. */
export const loneMember = (nodeId: string): FirstLog => firstLogOf(newPlan([nodeId]), nodeId);
