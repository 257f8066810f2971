import type { MemberId } from './identity';

export interface MemberChange {
  /** `add-voter` promotes a learner, `add-learner` demotes a voter. */
  readonly type: 'add-voter' | 'add-learner' | 'remove';
  readonly member: MemberId;
}

/**
 * `auto` goes through a joint configuration only when more than one voter changes, and leaves it by itself;
 * `joint` forces one, left by itself; `joint-explicit` stays until `leave-joint` is proposed.
 */
export type MembershipChange =
  | {
      readonly type: 'change';
      readonly changes: readonly MemberChange[];
      readonly transition: 'auto' | 'joint' | 'joint-explicit';
    }
  | { readonly type: 'leave-joint' };

/** Why a proposal, change, read or transfer was not taken. Nothing was written. */
export type RefusalReason =
  | 'not-leader'
  | 'no-leader'
  | 'overloaded'
  | 'no-commands'
  | 'transferring'
  | 'removed'
  | 'change-in-progress'
  | 'term-not-committed'
  | 'joint'
  | 'not-joint'
  | 'no-change'
  | 'no-voters'
  | 'two-incarnations'
  | 'already-leader'
  | 'not-a-voter';

export interface Refused {
  readonly ok: false;
  readonly reason: RefusalReason;
}

export function refused(reason: RefusalReason): Refused {
  return { ok: false, reason };
}

/** `index` is where the first entry was appended; it is committed when an entry with this `term` is committed there. */
export type Proposal = { readonly ok: true; readonly index: number; readonly term: number } | Refused;
