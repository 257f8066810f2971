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

/** What a database may still hold of outcomes that the window has passed is left out. */
export const outcomesInWindow = (index: number, length: number): string =>
  `WHERE index > ${index - length} ORDER BY index`;

/** Text and not objects: there are many, for long, and the garbage collector looks at every object again and again. */
interface KeptText {
  readonly commandId: string;
  readonly index: number;
  readonly fingerprint: string;
  readonly text: string;
}

/** First outcomes by command id, forgotten by log index and never by clock, so that every node forgets the same. */
export class OutcomeWindow {
  readonly #kept = new Map<string, KeptText>();
  /** In the order of the log. A map's own order will not do: its start is found by walking over all that was deleted. */
  #order: KeptText[] = [];
  #forgotten = 0;

  constructor(readonly length: number = windowLength) {}

  get size(): number {
    return this.#kept.size;
  }

  find(commandId: string): KeptOutcome | undefined {
    const kept = this.#kept.get(commandId);
    return kept && { index: kept.index, fingerprint: kept.fingerprint, outcome: JSON.parse(kept.text) as Outcome };
  }

  /** Whether an outcome of a command proposed at `birthIndex` may already have been forgotten at `index`. */
  mayHaveForgotten(birthIndex: number, index: number): boolean {
    return birthIndex <= index - this.length;
  }

  /** `text` is the outcome in JSON, as `command_outcomes` holds it. Called in the order of the log. */
  keep(commandId: string, index: number, fingerprint: string, text: string): void {
    const kept = { commandId, index, fingerprint, text };
    this.#kept.set(commandId, kept);
    this.#order.push(kept);
  }

  /** Drops what the window has passed when the log stands at `index`. */
  forget(index: number): void {
    for (let oldest = this.#order[this.#forgotten]; oldest; oldest = this.#order[this.#forgotten]) {
      if (oldest.index > index - this.length) break;
      this.#kept.delete(oldest.commandId);
      this.#forgotten += 1;
    }
    if (this.#forgotten < this.length) return;
    this.#order = this.#order.slice(this.#forgotten);
    this.#forgotten = 0;
  }
}
