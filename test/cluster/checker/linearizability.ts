import type { Specification } from './versioned-config';

/** What the search needs of an operation; a history's order is that of its calls and returns. */
export interface Interval {
  readonly called: number;
  /** `Infinity`: the outcome is unknown, so it may take effect at any time after the call, or never. */
  readonly returned: number;
}

export type Verdict<State, Op> =
  /** An order of execution that explains every answer. */
  | { readonly type: 'linearizable'; readonly order: readonly Op[]; readonly configurations: number }
  /** There is none; `order` explains as many answers as could be, and ends in `state`. */
  | {
      readonly type: 'not-linearizable';
      readonly order: readonly Op[];
      readonly state: State;
      readonly configurations: number;
    }
  /** The search met its limit. That proves nothing, so it counts as failed. */
  | { readonly type: 'undecided'; readonly configurations: number };

/** Configurations that a search may visit and remember: some 200 bytes each. */
export const defaultLimit = 500_000;

/**
 * Whether some order of execution explains the history of one object (Wing and Gong 1993), with what Lowe ("Testing for
 * linearizability", 2017) adds: a configuration, that is the set of operations executed and the state, is visited once.
 * Two cuts more: an answered operation that changes nothing is executed as soon as its answer fits, since every
 * explanation stays one when it is moved there; and operations without an outcome are never owed an execution.
 */
export function searchLinearization<State, Op extends Interval>(
  specification: Specification<State, Op>,
  history: readonly Op[],
  limit = defaultLimit,
): Verdict<State, Op> {
  return new Search(specification, history, limit).run();
}

interface Choice<State> {
  readonly at: number;
  readonly state: State;
}

interface Frame<State> {
  readonly state: State;
  readonly executed: number;
  readonly choices: readonly Choice<State>[];
  next: number;
}

class Search<State, Op extends Interval> {
  readonly #operations: readonly Op[];
  /** Places of the answered and of the unanswered operations, by call. */
  readonly #answered: readonly number[];
  readonly #unanswered: readonly number[];
  readonly #isExecuted: Uint8Array;
  readonly #visited = new Set<string>();
  /** Places of the operations executed so far, in order. */
  readonly #order: number[] = [];
  #answeredLeft: number;
  /** Place in `#answered` before which everything is executed. */
  #firstOpen = 0;
  #longest: { readonly order: readonly number[]; readonly state: State; readonly left: number };

  constructor(
    private readonly specification: Specification<State, Op>,
    history: readonly Op[],
    private readonly limit: number,
  ) {
    this.#operations = [...history].sort((a, b) => a.called - b.called);
    const places = [...this.#operations.keys()];
    this.#answered = places.filter((at) => this.#operation(at).returned !== Infinity);
    this.#unanswered = places.filter((at) => this.#operation(at).returned === Infinity);
    this.#isExecuted = new Uint8Array(places.length);
    this.#answeredLeft = this.#answered.length;
    this.#longest = { order: [], state: specification.initial, left: this.#answeredLeft };
  }

  run(): Verdict<State, Op> {
    const frames: Frame<State>[] = [];
    let choices = this.#explore(this.specification.initial);
    let state = this.specification.initial;
    for (;;) {
      if (this.#answeredLeft === 0) return this.#verdict('linearizable', this.#order, state);
      if (this.#visited.size > this.limit) return { type: 'undecided', configurations: this.#visited.size };
      frames.push({ state, executed: this.#order.length, choices, next: 0 });
      const choice = this.#nextChoice(frames);
      if (choice === undefined) return this.#verdict('not-linearizable', this.#longest.order, this.#longest.state);
      this.#execute(choice.at);
      state = choice.state;
      choices = this.#explore(state);
    }
  }

  #verdict(
    type: 'linearizable' | 'not-linearizable',
    places: readonly number[],
    state: State,
  ): Exclude<Verdict<State, Op>, { type: 'undecided' }> {
    const order = places.map((at) => this.#operation(at));
    return { type, order, state, configurations: this.#visited.size };
  }

  #operation(at: number): Op {
    return this.#operations[at] as Op;
  }

  /** Goes back to the newest configuration that has a choice left, and takes it. */
  #nextChoice(frames: Frame<State>[]): Choice<State> | undefined {
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      this.#rememberLongest(frame.state);
      while (this.#order.length > frame.executed) this.#undo();
      const choice = frame.choices[frame.next++];
      if (choice !== undefined) return choice;
      frames.pop();
    }
    return undefined;
  }

  #rememberLongest(state: State): void {
    if (this.#answeredLeft >= this.#longest.left) return;
    this.#longest = { order: [...this.#order], state, left: this.#answeredLeft };
  }

  /** Executes what changes nothing, then answers what may come next; nothing when this configuration was met before. */
  #explore(state: State): readonly Choice<State>[] {
    let choices = this.#enabled(state);
    for (let free = freeIn(choices, state); free.length > 0; free = freeIn(choices, state)) {
      for (const { at } of free) this.#execute(at);
      choices = this.#enabled(state);
    }
    const key = this.#keyOf(state);
    if (this.#visited.has(key)) return [];
    this.#visited.add(key);
    return choices;
  }

  /** Operations that may be executed now: called before the return of any answered one that is still to come. */
  #enabled(state: State): readonly Choice<State>[] {
    const found: Choice<State>[] = [];
    const add = (at: number): void => {
      const next = this.specification.step(state, this.#operation(at));
      if (next !== undefined) found.push({ at, state: next });
    };
    let firstReturn = Infinity;
    for (let n = this.#firstOpen; n < this.#answered.length; n++) {
      const at = this.#answered[n] as number;
      if (this.#isExecuted[at] === 1) continue;
      const { called, returned } = this.#operation(at);
      if (called > firstReturn) break;
      firstReturn = Math.min(firstReturn, returned);
      add(at);
    }
    for (const at of this.#unanswered) {
      if (this.#operation(at).called > firstReturn) break;
      if (this.#isExecuted[at] === 0) add(at);
    }
    return found;
  }

  #execute(at: number): void {
    this.#isExecuted[at] = 1;
    this.#order.push(at);
    if (this.#operation(at).returned === Infinity) return;
    this.#answeredLeft--;
    while (this.#firstOpen < this.#answered.length && this.#isExecuted[this.#answered[this.#firstOpen] as number] === 1)
      this.#firstOpen++;
  }

  #undo(): void {
    const at = this.#order.pop() as number;
    this.#isExecuted[at] = 0;
    if (this.#operation(at).returned === Infinity) return;
    this.#answeredLeft++;
    while (this.#firstOpen > 0 && (this.#answered[this.#firstOpen - 1] as number) >= at) this.#firstOpen--;
  }

  /** The whole configuration, never a hash of it: two that were mixed up would hide an explanation. */
  #keyOf(state: State): string {
    const ahead: number[] = [];
    for (let n = this.#firstOpen, left = this.#answered.length - this.#answeredLeft - n; left > 0; n++) {
      const at = this.#answered[n] as number;
      if (this.#isExecuted[at] === 0) continue;
      ahead.push(at);
      left--;
    }
    const unanswered = this.#unanswered.filter(
      (at) => this.#isExecuted[at] === 1 && !this.specification.isSpent(state, this.#operation(at)),
    );
    return `${this.specification.keyOf(state)} ${this.#firstOpen} ${ahead.join()} ${unanswered.join()}`;
  }
}

function freeIn<State>(choices: readonly Choice<State>[], state: State): readonly Choice<State>[] {
  return choices.filter((choice) => choice.state === state);
}
