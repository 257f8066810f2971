import type { Entry } from './entry';
import type { MemberId } from './identity';
import type { Snapshot } from './storage';

/** Every message names both members, incarnations included, and the sender's term. */
interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: number;
}

/** AppendEntries: extends the log after (`prevIndex`, `prevTerm`); without entries it asks whether the logs match there. */
export interface AppendMessage extends Envelope {
  readonly type: 'append';
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/** "My log equals yours up to `index`, and is durable up to there." */
export interface AppendAccepted extends Envelope {
  readonly type: 'append-response';
  readonly reject: false;
  readonly index: number;
}

/** "I do not match at `index`; the best place where we may match is (`rejectHint`, `logTerm`)." */
export interface AppendRejected extends Envelope {
  readonly type: 'append-response';
  readonly reject: true;
  readonly index: number;
  readonly rejectHint: number;
  readonly logTerm: number;
}

/** `context` is the leader's read round, 0 when no read waits. */
export interface HeartbeatMessage extends Envelope {
  readonly type: 'heartbeat';
  readonly commit: number;
  readonly context: number;
}

export interface HeartbeatResponse extends Envelope {
  readonly type: 'heartbeat-response';
  readonly context: number;
}

/** `transfer` marks a candidacy the leader itself asked for: the recent-leader check does not apply to it. */
export interface VoteMessage extends Envelope {
  readonly type: 'vote' | 'pre-vote';
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly transfer: boolean;
}

export interface VoteResponse extends Envelope {
  readonly type: 'vote-response' | 'pre-vote-response';
  readonly reject: boolean;
}

export interface SnapshotMessage extends Envelope {
  readonly type: 'snapshot';
  readonly snapshot: Snapshot;
}

/** "Campaign now": the last step of a leadership transfer (thesis 3.10). */
export interface TimeoutNowMessage extends Envelope {
  readonly type: 'timeout-now';
}

/** A follower asks the leader for a read index; `context` is the follower's own token for a batch of reads. */
export interface ReadIndexMessage extends Envelope {
  readonly type: 'read-index';
  readonly context: number;
}

export interface ReadIndexResponse extends Envelope {
  readonly type: 'read-index-response';
  readonly context: number;
  readonly index: number;
}

export type AppendResponse = AppendAccepted | AppendRejected;

export type Message =
  | AppendMessage
  | AppendResponse
  | HeartbeatMessage
  | HeartbeatResponse
  | VoteMessage
  | VoteResponse
  | SnapshotMessage
  | TimeoutNowMessage
  | ReadIndexMessage
  | ReadIndexResponse;
