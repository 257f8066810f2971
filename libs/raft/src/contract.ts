import type { Configuration } from './configuration';
import type { MemberId } from './identity';
import type { Message } from './messages';
import type { MembershipChange, Proposal, Refused } from './membership-change';
import type { Ready, StorageReceipt } from './ready';
import type { Status } from './status';

/**
 * What a driver calls. One caller, one call at a time; no call waits for anything. The duties that go with it are told
 * in DESIGN.md, in short: after any call, while `hasReady()`, take a `Ready`, write it, send it, apply it, and say so.
 */
export interface RaftContract {
  /** Time passes. The driver decides how long a tick is. */
  tick(): void;
  /** A message arrived. Lost, late, doubled and reordered messages are all fine; altered ones are not. */
  step(message: Message): void;
  /** Appends commands, at least one, all or none, in order. Only a leader accepts; nothing is forwarded. */
  propose(commands: readonly Uint8Array[]): Proposal;
  proposeConfChange(change: MembershipChange): Proposal;
  /** Asks for a linearizable read; the answer comes as a `ReadState` (or an aborted read) with this id. */
  readIndex(): { readonly ok: true; readonly id: number } | Refused;
  transferLeadership(to: MemberId): { readonly ok: true } | Refused;
  /** Stands for election at once, by pre-vote when that is on. Does nothing while a leader may hold a lease (`readOnly`). */
  campaign(): void;
  /** A follower stops shielding its leader, so that another may be elected before the timeout. */
  forgetLeader(): void;
  hasReady(): boolean;
  /** Takes the next work. It counts as handed out: it is not offered again. */
  ready(): Ready;
  /** The write with this receipt, and all before it, are durable and readable from the storage. */
  persisted(receipt: StorageReceipt): void;
  /** Everything handed out up to `index` is applied. */
  applied(index: number): void;
  /** For a driver that writes and applies before it goes on: `persisted` and `applied` for all of `ready`. */
  advance(ready: Ready): void;
  /** A message to this member was certainly or probably lost. */
  reportUnreachable(member: MemberId): void;
  /**
   * The transfer of a snapshot to this member ended. Must be called for every snapshot message taken from a Ready;
   * `index` is that snapshot's. A driver that may have two under way to one member must give it.
   */
  reportSnapshot(member: MemberId, outcome: 'sent' | 'failed', index?: number): void;
  /** The configuration in effect at `index`, for a snapshot taken there; undefined when older than the core remembers. */
  configurationAt(index: number): Configuration | undefined;
  status(): Status;
}
