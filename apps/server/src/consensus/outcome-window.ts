import type { RejectionCode, RejectionDetail } from '../common/rejected';
import type { CommandResult } from './command';
import { CommandOutcomeEntity } from './command-outcome.entity';
import { defineHistory } from './state/table-definition';

export const commandOutcomes = defineHistory<CommandOutcomeEntity>({
  name: 'command_outcomes',
  entity: CommandOutcomeEntity,
  key: ['index'],
});

export type Outcome =
  | { readonly status: 'applied'; readonly result: CommandResult }
  | { readonly status: 'rejected'; readonly code: RejectionCode; readonly detail: RejectionDetail };

export interface KeptOutcome {
  readonly index: number;
  readonly fingerprint: string;
  readonly outcome: Outcome;
}

/** How many log indexes back a repeated command still meets its first outcome. The same on every node. */
export const windowLength = 65_536;

/** First outcomes by command id, forgotten by log index and never by clock, so that every node forgets the same. */
export class OutcomeWindow {
  readonly #kept = new Map<string, KeptOutcome>();

  constructor(readonly length: number = windowLength) {}

  get size(): number {
    return this.#kept.size;
  }

  find(commandId: string): KeptOutcome | undefined {
    return this.#kept.get(commandId);
  }

  /** Whether an outcome of a command proposed at `birthIndex` may already have been forgotten at `index`. */
  mayHaveForgotten(birthIndex: number, index: number): boolean {
    return birthIndex <= index - this.length;
  }

  keep(commandId: string, kept: KeptOutcome): void {
    this.#kept.set(commandId, kept);
  }

  /** Drops what the window has passed when the log stands at `index`. */
  forget(index: number): void {
    for (const [commandId, kept] of this.#kept) {
      if (kept.index > index - this.length) return;
      this.#kept.delete(commandId);
    }
  }
}
