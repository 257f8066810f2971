import type { MemberId } from './identity';

/**
 * Who takes part. The entry that changes it carries the whole of it, so any single entry (or snapshot) is enough to
 * know the configuration at that index, whatever came before.
 */
export interface Configuration {
  /** The majority that counts; while joint, the incoming half. */
  readonly voters: readonly MemberId[];
  /** The outgoing half of a joint configuration: decisions need a majority of this half as well. Empty otherwise. */
  readonly outgoing: readonly MemberId[];
  /** Receive the log, count in no majority. */
  readonly learners: readonly MemberId[];
  /** Voters of the outgoing half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly MemberId[];
  /** The leader leaves the joint configuration by itself as soon as it is committed. */
  readonly autoLeave: boolean;
}

export function configuration(voters: readonly MemberId[], learners: readonly MemberId[] = []): Configuration {
  return { voters, outgoing: [], learners, learnersNext: [], autoLeave: false };
}

export function isJoint(of: Configuration): boolean {
  return of.outgoing.length > 0;
}

export function isVoter(of: Configuration, member: MemberId): boolean {
  return of.voters.includes(member) || of.outgoing.includes(member);
}

export function isLearner(of: Configuration, member: MemberId): boolean {
  return of.learners.includes(member);
}

/** Everyone whose vote may count, each once, in a fixed order: the same input must give the same messages. */
export function votersOf(of: Configuration): readonly MemberId[] {
  return [...new Set([...of.voters, ...of.outgoing])].sort();
}

/** Everyone the leader replicates to, itself included. */
export function membersOf(of: Configuration): readonly MemberId[] {
  return [...new Set([...of.voters, ...of.outgoing, ...of.learners])].sort();
}
