/**
 * Raft without I/O: `step` and `tick` in, `ready` out. README.md gives the reading order, DESIGN.md the driving loop.
 */
export { RawNode } from './raw-node';
export { MemoryStorage } from './memory-storage';
export { EntriesLost, RaftInvariantError } from './errors';
export { memberId, nodeOf } from './identity';
export { configuration, isJoint, isLearner, isVoter, membersOf, votersOf } from './configuration';
export { entryOverhead, entrySize } from './entry';
export { checkEntry, checkMessage, MalformedMessage } from './message-check';
export type * from './configuration';
export type * from './contract';
export type * from './entry';
export type * from './identity';
export type * from './membership-change';
export type * from './messages';
export type * from './options';
export type * from './progress';
export type * from './ready';
export type * from './status';
export type * from './storage';
