import type { Configuration } from './configuration';
import type { RaftContract } from './contract';
import { campaign, upholdsLease } from './election';
import type { MemberId } from './identity';
import { reportSnapshot, reportUnreachable } from './acknowledgement';
import { propose, proposeConfChange, releaseUncommitted, transferLeadership } from './leader';
import type { MembershipChange, Proposal, Refused } from './membership-change';
import type { Message } from './messages';
import { settle } from './options';
import type { RaftOptions } from './options';
import { flush, ownLogIsDurable, step, tick } from './raft';
import { RaftState } from './raft-state';
import { readIndex } from './reads';
import type { Ready, SoftState, StorageReceipt } from './ready';
import { statusOf } from './status';
import type { Status } from './status';
import type { HardState } from './storage';

interface HeldBack {
  readonly sequence: number;
  readonly messages: readonly Message[];
}

/** One member of a group, without a thread, a clock or a disk. See `RaftContract` for the calls. */
export class RawNode implements RaftContract {
  private readonly raft: RaftState;
  private handedOut: HardState;
  private shown: SoftState;
  /** The number of the last write handed out. */
  private sequence = 0;
  private durable = 0;
  private heldBack: HeldBack[] = [];

  constructor(options: RaftOptions) {
    this.raft = new RaftState(settle(options));
    this.handedOut = this.hardState();
    this.shown = this.softState();
  }

  tick(): void {
    tick(this.raft);
  }

  step(message: Message): void {
    step(this.raft, message);
  }

  propose(commands: readonly Uint8Array[]): Proposal {
    return propose(this.raft, commands);
  }

  proposeConfChange(change: MembershipChange): Proposal {
    return proposeConfChange(this.raft, change);
  }

  readIndex(): { readonly ok: true; readonly id: number } | Refused {
    return readIndex(this.raft);
  }

  transferLeadership(to: MemberId): { readonly ok: true } | Refused {
    return transferLeadership(this.raft, to);
  }

  campaign(): void {
    if (!upholdsLease(this.raft)) campaign(this.raft, this.raft.settings.preVote ? 'pre-vote' : 'vote');
  }

  forgetLeader(): void {
    if (this.raft.role === 'follower' && this.raft.settings.readOnly === 'safe') this.raft.setLeader(null);
  }

  hasReady(): boolean {
    const { raft } = this;
    return (
      raft.dirty ||
      raft.outbox.length > 0 ||
      raft.held.length > 0 ||
      raft.readStates.length > 0 ||
      raft.abortedReads.length > 0 ||
      raft.reads.needsRound() ||
      raft.forwarded.hasWaiting() ||
      raft.log.unstable.hasUntaken() ||
      raft.log.hasNextCommitted(raft.settings.maxApplyingSize) ||
      this.hardStateChanged() ||
      this.softStateChanged()
    );
  }

  ready(): Ready {
    const { raft } = this;
    this.releaseHeld();
    flush(raft);
    const softState = this.takeSoftState();
    const votedOrMoved = this.mustPersistTerm();
    const hardState = this.takeHardState();
    const snapshot = raft.log.unstable.untakenSnapshot();
    const entries = raft.log.unstable.untakenEntries();
    const mustSync = votedOrMoved || snapshot !== null || entries.length > 0;
    const receipt = mustSync ? this.takeWrite() : null;
    this.holdBack();
    const committed = raft.log.nextCommitted(raft.settings.maxApplyingSize);
    releaseUncommitted(raft, committed);
    const { outbox: messages, readStates, abortedReads } = raft;
    raft.outbox = [];
    raft.readStates = [];
    raft.abortedReads = [];
    return {
      softState,
      hardState,
      entries,
      snapshot,
      mustSync,
      receipt,
      messages,
      committed,
      readStates,
      abortedReads,
    };
  }

  persisted(receipt: StorageReceipt): void {
    const { raft } = this;
    if (receipt.sequence <= this.durable || receipt.sequence > this.sequence) return;
    this.durable = receipt.sequence;
    const installed = raft.log.unstable.persisted(receipt.sequence);
    if (installed !== null) raft.log.appliedTo(installed.index);
    ownLogIsDurable(raft);
    while (this.heldBack.length > 0 && this.heldBack[0]!.sequence <= this.durable) {
      this.release(this.heldBack.shift()!.messages);
    }
  }

  applied(index: number): void {
    this.raft.log.appliedTo(index);
  }

  advance(ready: Ready): void {
    if (ready.receipt !== null) this.persisted(ready.receipt);
    const last = ready.committed.at(-1);
    if (last !== undefined) this.applied(last.index);
  }

  reportUnreachable(member: MemberId): void {
    reportUnreachable(this.raft, member);
  }

  reportSnapshot(member: MemberId, outcome: 'sent' | 'failed', index?: number): void {
    reportSnapshot(this.raft, member, outcome, index);
  }

  configurationAt(index: number): Configuration | undefined {
    return this.raft.history.at(index);
  }

  status(): Status {
    return statusOf(this.raft);
  }

  /** Nothing to wait for: what was held may leave now. A member's own vote may make it leader, which holds more. */
  private releaseHeld(): void {
    const { raft } = this;
    while (raft.held.length > 0 && this.durable === this.sequence && !this.mustWrite()) {
      const messages = raft.held;
      raft.held = [];
      this.release(messages);
    }
  }

  /** What is held waits for the newest write, which carries, or follows, everything it speaks of. */
  private holdBack(): void {
    const { raft } = this;
    if (raft.held.length === 0) return;
    this.heldBack.push({ sequence: this.sequence, messages: raft.held });
    raft.held = [];
  }

  private release(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.to === this.raft.id) step(this.raft, message);
      else this.raft.send(message);
    }
  }

  private mustWrite(): boolean {
    return this.mustPersistTerm() || this.raft.log.unstable.hasUntaken();
  }

  private takeWrite(): StorageReceipt {
    const { log } = this.raft;
    this.sequence++;
    log.unstable.take(this.sequence);
    return { sequence: this.sequence, index: log.lastIndex(), term: log.lastTerm() };
  }

  private mustPersistTerm(): boolean {
    return this.raft.term !== this.handedOut.term || this.raft.vote !== this.handedOut.vote;
  }

  private hardStateChanged(): boolean {
    return this.mustPersistTerm() || this.raft.log.committed !== this.handedOut.commit;
  }

  private takeHardState(): HardState | null {
    if (!this.hardStateChanged()) return null;
    this.handedOut = this.hardState();
    return this.handedOut;
  }

  private hardState(): HardState {
    return { term: this.raft.term, vote: this.raft.vote, commit: this.raft.log.committed };
  }

  private softStateChanged(): boolean {
    return this.raft.role !== this.shown.role || this.raft.leader !== this.shown.leader;
  }

  private takeSoftState(): SoftState | null {
    if (!this.softStateChanged()) return null;
    this.shown = this.softState();
    return this.shown;
  }

  private softState(): SoftState {
    return { role: this.raft.role, leader: this.raft.leader };
  }
}
