import type { Configuration } from './configuration';
import { isVoter } from './configuration';
import type { Entry } from './entry';
import type { MemberId } from './identity';

interface Placed {
  readonly index: number;
  readonly configuration: Configuration;
}

/**
 * Every configuration the log holds, by index. A member uses the newest one as soon as it is appended, committed or not
 * (thesis 4.1); when that entry is overwritten the one before counts again.
 */
export class ConfigurationHistory {
  private placed: Placed[];

  constructor(index: number, configuration: Configuration) {
    this.placed = [{ index, configuration }];
  }

  get latest(): Configuration {
    return this.placed.at(-1)!.configuration;
  }

  get latestIndex(): number {
    return this.placed.at(-1)!.index;
  }

  /** The configuration in effect at `index`; undefined before the oldest one known. */
  at(index: number): Configuration | undefined {
    return this.placed.findLast((candidate) => candidate.index <= index)?.configuration;
  }

  /**
   * Takes up appended entries, which replace everything from their first index on. True when the configuration in
   * effect may have changed.
   */
  take(entries: readonly Entry[]): boolean {
    let changed = entries.length > 0 && this.fallBackBefore(entries[0]!.index);
    for (const entry of entries) {
      if (entry.type !== 'configuration') continue;
      this.placed.push({ index: entry.index, configuration: entry.configuration });
      changed = true;
    }
    return changed;
  }

  reset(index: number, configuration: Configuration): void {
    this.placed = [{ index, configuration }];
  }

  /** Forgets what no log position from `index` on can need. */
  forgetBefore(index: number): void {
    const inEffect = this.placed.findLastIndex((candidate) => candidate.index <= index);
    if (inEffect > 0) this.placed.splice(0, inEffect);
  }

  /**
   * A member that finds itself outside the newest configuration may still be needed as leader while that configuration
   * is not committed (thesis 4.2.2), so what counts is every configuration that may yet be the one in effect.
   */
  mayVoteFrom(committed: number, member: MemberId): boolean {
    const inEffect = this.placed.findLastIndex((candidate) => candidate.index <= committed);
    return this.placed.slice(Math.max(inEffect, 0)).some((candidate) => isVoter(candidate.configuration, member));
  }

  private fallBackBefore(index: number): boolean {
    const before = this.placed.length;
    while (this.placed.length > 1 && this.latestIndex >= index) this.placed.pop();
    return this.placed.length < before;
  }
}
