import type { Configuration } from '@config-guardian/raft';
import type { EntryRegistry } from './entries';
import { nextState } from './entries';
import type { LogModel } from './log-model';
import { require } from './violation';

/** The one history: every entry that any member has called committed, in order. */
export class Decided {
  private readonly terms = [0];
  private readonly states = [0];
  /** The term of the member that first called it committed. */
  private readonly committedIn = [0];
  configuration: Configuration;

  constructor(
    private readonly entries: EntryRegistry,
    formedWith: Configuration,
  ) {
    this.configuration = formedWith;
  }

  get lastIndex(): number {
    return this.terms.length - 1;
  }

  termAt(index: number): number | undefined {
    return this.terms[index];
  }

  /** What a state machine that has applied everything up to `index` must hold. */
  stateAt(index: number): number | undefined {
    return this.states[index];
  }

  /** The last entry that was committed in a term before `term`: every leader of `term` must hold it. */
  lastBefore(term: number): number {
    let index = this.lastIndex;
    while (index > 0 && this.committedIn[index]! >= term) index--;
    return index;
  }

  /** A member calls everything up to `commit` committed. Returns true when some of it was not decided before. */
  extend(log: LogModel, commit: number, term: number, where: string): boolean {
    const common = Math.min(commit, this.lastIndex);
    if (common >= log.base) {
      const own = log.termAt(common);
      require(own === this.terms[common], 'State Machine Safety', () =>
        `${where} commits term ${own} at ${common}, decided was term ${this.terms[common]}`);
    }
    if (commit <= this.lastIndex) return false;
    for (let index = this.lastIndex + 1; index <= commit; index++) {
      const own = log.termAt(index);
      const entry = own === undefined ? undefined : this.entries.find(index, own);
      require(entry !== undefined, 'State Machine Safety', () => `${where} commits ${index}, which it does not hold`);
      this.terms.push(entry.term);
      this.states.push(nextState(this.states.at(-1)!, entry, entry.digest));
      this.committedIn.push(term);
      if (entry.configuration !== null) this.configuration = entry.configuration;
    }
    return true;
  }
}
