import type { Configuration, Entry, Snapshot } from '@config-guardian/raft';
import type { AppliedState } from '../../libs/raft-node/src/raft-storage';
import type { Chance } from './chance';
import { digestOf, nextState } from './checker/entries';

interface Commit {
  readonly index: number;
  readonly term: number;
  readonly configuration: Configuration;
  /** Stands for the whole state: it depends on every entry applied, and on their order. */
  readonly state: number;
}

/** A state machine in a database that commits asynchronously: a loss of power takes any suffix of the commits made since the last checkpoint. */
export class Database implements AppliedState {
  private commits: Commit[];

  constructor(formedWith: Configuration) {
    this.commits = [{ index: 0, term: 0, configuration: formedWith, state: 0 }];
  }

  position(): Commit {
    return this.commits.at(-1)!;
  }

  get durableIndex(): number {
    return this.commits[0]!.index;
  }

  apply(entries: readonly Entry[]): void {
    let { index, term, configuration, state } = this.position();
    for (const entry of entries) {
      state = nextState(state, entry, digestOf(entry));
      if (entry.type === 'configuration') configuration = entry.configuration;
      ({ index, term } = entry);
    }
    this.commits.push({ index, term, configuration, state });
  }

  /** All that was applied is durable now. */
  checkpoint(): void {
    this.commits = [this.position()];
  }

  sync(): void {
    this.checkpoint();
  }

  losePower(chance: Chance): boolean {
    const before = this.commits.length;
    this.commits.length = 1 + chance.below(before);
    return this.commits.length < before;
  }

  snapshot(): Snapshot {
    const { index, term, configuration, state } = this.position();
    const data = Buffer.alloc(4);
    data.writeUInt32LE(state);
    return { index, term, configuration, data };
  }

  install({ index, term, configuration, data }: Snapshot): void {
    this.commits = [{ index, term, configuration, state: Buffer.from(data).readUInt32LE() }];
  }
}
