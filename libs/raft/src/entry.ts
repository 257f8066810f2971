import type { Configuration } from './configuration';

/** A position in a log: two logs that agree on one position agree on everything before it (Log Matching). */
export interface Position {
  readonly index: number;
  readonly term: number;
}

/**
 * The highest term and index. Adding one to it is exact, and nobody goes beyond it: what is higher is refused on decode,
 * and no member campaigns for it, so that what one member says the others always let in.
 */
export const highestPosition = Number.MAX_SAFE_INTEGER - 1;

/** What a new leader appends first, so that it may commit the entries of earlier terms (Raft 5.4.2). */
export interface NoOpEntry extends Position {
  readonly type: 'no-op';
}

export interface CommandEntry extends Position {
  readonly type: 'command';
  readonly data: Uint8Array;
}

export interface ConfigurationEntry extends Position {
  readonly type: 'configuration';
  readonly configuration: Configuration;
}

/** Indexes start at 1 and have no gaps; terms never decrease along the log. */
export type Entry = NoOpEntry | CommandEntry | ConfigurationEntry;

/** What an entry weighs beside its payload, for every limit in bytes; near what a compact encoding takes. */
export const entryOverhead = 24;

const bytesPerMember = 40;

export function entrySize(entry: Entry): number {
  switch (entry.type) {
    case 'command':
      return entry.data.length + entryOverhead;
    case 'no-op':
      return entryOverhead;
    case 'configuration': {
      const { voters, outgoing, learners, learnersNext } = entry.configuration;
      const members = voters.length + outgoing.length + learners.length + learnersNext.length;
      return entryOverhead + bytesPerMember * members;
    }
  }
}

/**
 * How many of `entries`, from the first, fit into `maxSize` bytes. Never none: an entry larger than the limit travels
 * alone, or it would never travel.
 */
export function fitting(entries: readonly Entry[], from: number, to: number, maxSize: number): number {
  let size = 0;
  for (let at = from; at < to; at++) {
    size += entrySize(entries[at]!);
    if (size > maxSize && at > from) return at;
  }
  return to;
}
