import type { Configuration, Entry } from '@config-guardian/raft';
import { crc32c } from '../../../libs/raft-node/src/crc32c';
import { require } from './violation';

export interface KnownEntry {
  readonly term: number;
  readonly previousTerm: number;
  readonly digest: number;
  readonly configuration: Configuration | null;
}

/**
 * Every entry that was ever in any log. Log Matching, entry by entry: an index and a term name one content and one
 * predecessor, hence, by induction, one whole log up to there.
 */
export class EntryRegistry {
  private readonly known: KnownEntry[][] = [];

  note(entry: Entry, previousTerm: number, where: string): void {
    const { index, term } = entry;
    const same = this.find(index, term);
    const digest = digestOf(entry);
    if (same === undefined) {
      const configuration = entry.type === 'configuration' ? entry.configuration : null;
      (this.known[index] ??= []).push({ term, previousTerm, digest, configuration });
      require(previousTerm <= term, 'Log Matching', () =>
        `${where}: terms fall at ${index}, ${previousTerm} to ${term}`);
      return;
    }
    require(same.digest === digest, 'Log Matching', () => `${where} holds another entry at (${index}, term ${term})`);
    require(same.previousTerm === previousTerm, 'Log Matching', () =>
      `${where}: before (${index}, term ${term}) stands term ${previousTerm}, elsewhere ${same.previousTerm}`);
  }

  find(index: number, term: number): KnownEntry | undefined {
    return this.known[index]?.find((entry) => entry.term === term);
  }
}

export function digestOf(entry: Entry): number {
  switch (entry.type) {
    case 'command':
      return crc32c(Buffer.from(entry.data.buffer, entry.data.byteOffset, entry.data.byteLength), 0);
    case 'no-op':
      return 1;
    case 'configuration':
      return crc32c(Buffer.from(JSON.stringify(entry.configuration)), 0);
    default:
      return entry satisfies never;
  }
}

/** The state of a state machine that has applied this entry after that state. */
export function nextState(state: number, { term }: { readonly term: number }, digest: number): number {
  return (Math.imul(state ^ digest, 0x9e3779b1) + term) >>> 0;
}
