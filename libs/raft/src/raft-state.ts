import { membersOf } from './configuration';
import { ConfigurationHistory } from './configuration-history';
import type { Entry } from './entry';
import { invariant } from './errors';
import type { MemberId } from './identity';
import { Inflights } from './inflights';
import { RaftLog } from './log';
import type { Message } from './messages';
import type { Settings } from './options';
import { Progress } from './progress';
import { ForwardedReads } from './read-forwarding';
import { ReadRounds } from './read-index';
import type { ReadOrigin } from './read-index';
import type { ReadState, Role } from './ready';

const scanSize = 1024 * 1024;

/** Everything one member knows. The protocol is functions over this; only they change it. */
export class RaftState {
  readonly id: MemberId;
  readonly log: RaftLog;
  readonly history: ConfigurationHistory;
  term: number;
  vote: MemberId | null;
  leader: MemberId | null = null;
  role: Role = 'follower';
  /** Ticks since boot: the core's only notion of time. */
  now = 0;
  electionElapsed = 0;
  heartbeatElapsed = 0;
  electionTimeout = 0;
  /** When a leader was last heard. Boot counts as well: whom this member followed before, it does not know. */
  heardLeaderAt = 0;
  readonly votes = new Map<MemberId, boolean>();

  /** Of a leader: one for each member of the configuration in effect, itself included. */
  progress = new Map<MemberId, Progress>();
  /** Members that the newest configuration drops; told of it once it is committed. */
  departing = new Map<MemberId, Progress>();
  /** Where this leader's no-op stands: nothing after it is of an earlier term. */
  leadsFrom = 0;
  uncommittedSize = 0;
  transferee: MemberId | null = null;
  transferElapsed = 0;
  /** A leader that has asked another to campaign can no longer trust its lease in this term. */
  leaseForfeited = false;

  readonly reads = new ReadRounds();
  readonly forwarded: ForwardedReads;
  /** Reads that arrived before this leader's no-op was committed. */
  earlyReads: ReadOrigin[] = [];
  localReads = 0;
  readStates: ReadState[] = [];
  abortedReads: number[] = [];

  /** May leave at any time. */
  outbox: Message[] = [];
  /** May leave once everything that is now in memory is durable. */
  held: Message[] = [];
  /** A leader has something to send that is decided when the next Ready is taken. */
  dirty = false;

  constructor(readonly settings: Settings) {
    const { storage } = settings;
    const { hardState, configuration, configurationIndex } = storage.initialState();
    this.id = settings.id;
    this.term = hardState.term;
    this.vote = hardState.vote;
    this.log = new RaftLog(storage, hardState.commit, settings.applied);
    this.history = new ConfigurationHistory(configurationIndex, configuration);
    invariant(
      this.log.lastTerm() <= this.term,
      `the log is of term ${this.log.lastTerm()}, the stored term is ${this.term}`,
    );
    this.readConfigurations(configurationIndex);
    this.forwarded = new ForwardedReads(settings.random);
    this.resetElectionTimer(settings.electionTicks);
  }

  get configuration() {
    return this.history.latest;
  }

  /**
   * The election timer starts anew when a leader is heard, a vote is given, or an own candidacy begins or fails. A later
   * term alone does not start it (Raft 5.2): a member that cannot win would keep those waiting that can.
   */
  becomeFollower(term: number, leader: MemberId | null): void {
    const { electionTicks, candidacyTicks } = this.settings;
    if (leader !== null || this.role === 'leader') this.resetElectionTimer(electionTicks);
    else if (term === this.term) this.resetElectionTimer(candidacyTicks);
    this.enterTerm(term);
    this.role = 'follower';
    this.leader = leader;
  }

  heardLeader(leader: MemberId): void {
    if (leader !== this.leader) this.resetElectionTimer(this.settings.electionTicks);
    this.setLeader(leader);
    this.electionElapsed = 0;
    this.heardLeaderAt = this.now;
  }

  /** Changes neither term nor vote: nothing to persist, nothing to regret. */
  becomePreCandidate(): void {
    this.role = 'pre-candidate';
    this.setLeader(null);
    this.votes.clear();
    this.resetElectionTimer(this.settings.candidacyTicks);
  }

  becomeCandidate(): void {
    this.enterTerm(this.term + 1);
    this.role = 'candidate';
    this.vote = this.id;
    this.resetElectionTimer(this.settings.candidacyTicks);
  }

  becomeLeader(): void {
    this.enterTerm(this.term);
    this.electionElapsed = 0;
    this.trackConfiguration();
    this.role = 'leader';
    this.leader = this.id;
    this.leadsFrom = this.log.lastIndex() + 1;
  }

  /** Follows the same term's leader, or none. Reads that were sent to another will not be answered. */
  setLeader(leader: MemberId | null): void {
    if (leader === this.leader) return;
    this.leader = leader;
    this.abortedReads.push(...this.forwarded.abandon());
  }

  resetElectionTimer(ticks: number): void {
    this.electionElapsed = 0;
    this.electionTimeout = ticks + Math.floor(this.settings.random() * ticks);
  }

  /** Entries were appended, or overwritten: a configuration among them takes effect, or ceases to, at once. */
  tookEntries(entries: readonly Entry[]): void {
    if (this.history.take(entries)) this.history.forgetBefore(this.log.firstIndex() - 1);
  }

  /** Gives every member of the configuration in effect a progress, and keeps those that it drops as departing. */
  trackConfiguration(): void {
    const before = this.progress;
    this.progress = new Map();
    for (const member of membersOf(this.configuration)) {
      this.progress.set(member, before.get(member) ?? this.departing.get(member) ?? this.newProgress(member));
      this.departing.delete(member);
    }
    for (const [member, progress] of before) {
      if (!this.progress.has(member) && member !== this.id) this.departing.set(member, progress);
    }
  }

  /** Sends as soon as the driver asks, whatever is durable. */
  send(message: Message): void {
    this.outbox.push(message);
  }

  /** Sends what promises something about this member's disk: only once that is so (thesis 3.8). */
  hold(message: Message): void {
    this.held.push(message);
  }

  private newProgress(member: MemberId): Progress {
    const { maxInflightMsgs, maxInflightBytes } = this.settings;
    const progress = new Progress(this.log.lastIndex() + 1, new Inflights(maxInflightMsgs, maxInflightBytes));
    // A member just added has had no chance to answer: it counts as active until the next check of the quorum.
    progress.recentActive = member === this.id || this.role === 'leader';
    if (member === this.id) {
      progress.match = this.log.stableIndex();
      progress.becomeReplicate();
    }
    return progress;
  }

  private enterTerm(term: number): void {
    if (term !== this.term) {
      this.term = term;
      this.vote = null;
    }
    this.setLeader(null);
    this.votes.clear();
    this.progress = new Map();
    this.departing = new Map();
    this.uncommittedSize = 0;
    this.heartbeatElapsed = 0;
    this.transferee = null;
    this.leaseForfeited = false;
    this.dirty = false;
    this.abandonReads();
  }

  private abandonReads(): void {
    const origins = [...this.reads.abandon().map((read) => read.origin), ...this.earlyReads];
    for (const origin of origins) if ('id' in origin) this.abortedReads.push(origin.id);
    this.earlyReads = [];
  }

  private readConfigurations(after: number): void {
    let next = Math.max(after + 1, this.log.firstIndex());
    while (next <= this.log.lastIndex()) {
      const entries = this.log.slice(next, this.log.lastIndex() + 1, scanSize);
      this.history.take(entries.filter((entry) => entry.type === 'configuration'));
      next += entries.length;
    }
  }
}
