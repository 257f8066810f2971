import type { IndexedChange, LocalRead } from '../checker/local-reads';
import type { Action, Operation, Outcome } from '../checker/operation';

export interface Begun {
  readonly client: string;
  readonly key: string;
  readonly action: Action;
  readonly called: number;
  readonly calledMs: number;
}

/** What the clients of one process saw, in the one order that they share. */
export class HistoryRecorder {
  readonly #operations: Operation[] = [];
  readonly #localReads: LocalRead[] = [];
  readonly #changes: IndexedChange[] = [];
  readonly #began = performance.now();
  /** Counts calls and returns: two of them are never at the same moment. */
  #moments = 0;

  begin(client: string, key: string, action: Action): Begun {
    return { client, key, action, called: this.#moments++, calledMs: this.#nowMs() };
  }

  /** What failed for certain is never told. */
  end(begun: Begun, node: string, outcome: Outcome, index: number | null): void {
    const operation = this.#ended(begun, node, outcome);
    this.#operations.push(operation);
    if (outcome.type === 'done' && index !== null) this.#changes.push({ operation, index });
  }

  /** A read that promises less than linearizability, and is checked for what it promises. */
  endLocal(
    begun: Begun & { readonly action: { readonly type: 'read' } },
    node: string,
    outcome: Outcome,
    promise: Omit<LocalRead, keyof Operation>,
  ): void {
    this.#localReads.push({ ...this.#ended(begun, node, outcome), action: begun.action, ...promise });
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  get localReads(): readonly LocalRead[] {
    return this.#localReads;
  }

  get changes(): readonly IndexedChange[] {
    return this.#changes;
  }

  #ended(begun: Begun, node: string, outcome: Outcome): Operation {
    const isUnknown = outcome.type === 'unknown';
    const returned = isUnknown ? Infinity : this.#moments++;
    return { ...begun, node, outcome, returned, returnedMs: isUnknown ? Infinity : this.#nowMs() };
  }

  #nowMs(): number {
    return performance.now() - this.#began;
  }
}
