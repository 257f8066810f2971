import type { MemberId } from './identity';
import type { LogStorage } from './storage';

export interface RaftOptions {
  readonly id: MemberId;
  readonly storage: LogStorage;
  /** Uniform in [0, 1). The only source of chance: the same seed and the same calls give the same run. */
  readonly random: () => number;
  /** The last index the state machine already holds; entries after it are handed out again. */
  readonly applied?: number;
  /** A follower that hears nothing campaigns after this many ticks, up to twice as many, chosen at random. */
  readonly electionTicks?: number;
  readonly heartbeatTicks?: number;
  /** A failed candidacy is tried again after this many ticks, up to twice as many. Default: `electionTicks`. */
  readonly candidacyTicks?: number;
  /** Ask before raising the term, so that a member that cannot win does not disturb one that leads. */
  readonly preVote?: boolean;
  /** A leader without a live quorum steps down; members that hear a leader refuse to vote. */
  readonly checkQuorum?: boolean;
  /** Bytes of entries in one append message. */
  readonly maxSizePerMsg?: number;
  /** Bytes of committed entries handed out and not yet reported applied. */
  readonly maxApplyingSize?: number;
  /** Bytes of entries the leader accepts ahead of commit; beyond it proposals are refused as `overloaded`. */
  readonly maxUncommittedSize?: number;
  readonly maxInflightMsgs?: number;
  readonly maxInflightBytes?: number;
  /** `lease` trusts clocks to run alike within `electionTicks / 4`; it needs `checkQuorum`. */
  readonly readOnly?: 'safe' | 'lease';
}

export type Settings = Required<RaftOptions>;

const mebibyte = 1024 * 1024;

/** An option given as undefined is not given. */
export function settle(options: RaftOptions): Settings {
  const electionTicks = options.electionTicks ?? 10;
  const settings: Settings = {
    id: options.id,
    storage: options.storage,
    random: options.random,
    applied: options.applied ?? 0,
    electionTicks,
    heartbeatTicks: options.heartbeatTicks ?? 1,
    candidacyTicks: options.candidacyTicks ?? electionTicks,
    preVote: options.preVote ?? true,
    checkQuorum: options.checkQuorum ?? true,
    maxSizePerMsg: options.maxSizePerMsg ?? mebibyte,
    maxApplyingSize: options.maxApplyingSize ?? 4 * mebibyte,
    maxUncommittedSize: options.maxUncommittedSize ?? 64 * mebibyte,
    maxInflightMsgs: options.maxInflightMsgs ?? 256,
    maxInflightBytes: options.maxInflightBytes ?? 64 * mebibyte,
    readOnly: options.readOnly ?? 'safe',
  };
  refuseNonsense(settings);
  return settings;
}

const positive = [
  'electionTicks',
  'heartbeatTicks',
  'candidacyTicks',
  'maxSizePerMsg',
  'maxApplyingSize',
  'maxUncommittedSize',
  'maxInflightMsgs',
  'maxInflightBytes',
] as const;

function refuseNonsense(settings: Settings): void {
  for (const name of positive) {
    if (!(settings[name] > 0)) throw new RangeError(`${name} must be greater than 0, not ${settings[name]}`);
  }
  if (settings.id === '') throw new RangeError('id must not be empty');
  if (settings.electionTicks <= settings.heartbeatTicks) {
    throw new RangeError('electionTicks must be greater than heartbeatTicks, or healthy leaders are voted out');
  }
  if (settings.maxInflightBytes < settings.maxSizePerMsg) {
    throw new RangeError('maxInflightBytes must be at least maxSizePerMsg, or one message fills the window');
  }
  if (settings.readOnly === 'lease' && !settings.checkQuorum) {
    throw new RangeError('lease reads need checkQuorum: without it members may elect another leader at any time');
  }
}
