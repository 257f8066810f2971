import type { LogMember } from '@config-guardian/raft-node';

/** For how long the database of a voter has taken nothing, by node id. Who did not answer is not in it. */
export type Standstills = ReadonlyMap<string, number>;

/** The voter whose database takes what it is given, and of several the one that is furthest along. */
export function heirOf(members: readonly LogMember[], standstills: Standstills, mostMs: number): string | undefined {
  const able = members.filter(({ nodeId, role }) => role === 'voter' && (standstills.get(nodeId) ?? Infinity) < mostMs);
  return able.sort((a, b) => (b.matchIndex ?? 0) - (a.matchIndex ?? 0))[0]?.nodeId;
}
