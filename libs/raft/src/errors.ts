/**
 * The member's state contradicts what Raft guarantees: acknowledged entries are gone, or two leaders share a term. It
 * must not go on; the caller stops the process and leaves the evidence on disk.
 */
export class RaftInvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RaftInvariantError';
  }
}

/** The log ends before what this member has acknowledged: its disk is an older copy, or was emptied. */
export class EntriesLost extends RaftInvariantError {}

export function invariant(holds: boolean, message: string): asserts holds {
  if (!holds) throw new RaftInvariantError(message);
}
