import fc from 'fast-check';
import { Rejected } from '../../apps/server/src/common/rejected';
import { users } from '../../apps/server/src/users/users.table';
import type { Attempt, ProposingNode } from '../support/proposing-node';
import type { Proposal } from './attempt';
import { exchange, makers, weightedMakers } from './attempts';
import { Pick } from './pick';
import { Surroundings } from './surroundings';
import { isHostile } from './texts';

/** A group of commands that are proposed before any of them is applied. */
export interface Burst {
  readonly seed: number;
  readonly size: number;
}

export const bursts = (length: number): fc.Arbitrary<readonly Burst[]> =>
  fc.array(fc.record({ seed: fc.integer(), size: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 1,
    maxLength: length,
    size: 'max',
  });

export interface Tally {
  applied: number;
  rejected: number;
  repeated: number;
  /** Stopped by the proposer, because no database could hold it. */
  refused: number;
  readonly commands: Map<string, number>;
  readonly codes: Set<string>;
}

export const emptyTally = (): Tally => ({
  applied: 0,
  rejected: 0,
  repeated: 0,
  refused: 0,
  commands: new Map(),
  codes: new Set(),
});

const refusals =
  /^a command holds a NUL or a lone surrogate$|^a member of the envelope is too long$|^a command would write what the database cannot hold: /;

/** Drives the node with whatever the seeds say, and calls `after` when a burst has been applied. */
export class RandomRun {
  readonly #minted = new Map<string, string[]>();
  readonly #past: (Attempt & { readonly madeAt: number })[] = [];
  #number = 0;

  constructor(
    readonly node: ProposingNode,
    readonly tally: Tally,
  ) {}

  async play(list: readonly Burst[], after: () => void | Promise<void> = () => undefined): Promise<void> {
    for (const burst of list) {
      await this.#burst(burst);
      await after();
    }
  }

  async #burst({ seed, size }: Burst): Promise<void> {
    const pick = new Pick(seed);
    const attempts = Array.from({ length: size }, () => this.#attempts(pick)).flat();
    const results = attempts.map((attempt) => this.#settle(attempt));
    this.node.commit(pick.of([0, 1, 1_000, 30_000]));
    await Promise.all(results);
  }

  #attempts(pick: Pick): readonly Attempt[] {
    const { machine } = this.node;
    const around = new Surroundings(pick, machine.state, machine.position.index, this.#minted, ++this.#number);
    // A request that comes again when its outcome is forgotten is prepared anew, with new ids: that is no repetition.
    const { index } = machine.position;
    const recent = this.#past.filter(({ madeAt }) => madeAt > index - machine.window.length / 2);
    if (recent.length > 0 && pick.chance(0.08)) {
      const again = pick.of(recent);
      return [pick.chance(0.8) ? again : { ...again, fingerprint: 'another request' }];
    }
    const first = machine.state.of(users).size === 0;
    const proposals: readonly Proposal[] = pick.chance(0.06)
      ? exchange(around)
      : [first && makers[0] ? makers[0](around) : pick.of(weightedMakers)(around)];
    return proposals.map((proposal, n) => this.#attempt(proposal, around, `${this.#number}.${n}`));
  }

  #attempt({ command, payload, isSystem = false }: Proposal, around: Surroundings, name: string): Attempt {
    const actor = isSystem || command.requires.rule === 'anyone' ? null : around.actor();
    const attempt = { command, payload, actor, isSystem, commandId: `command ${name}`, fingerprint: `request ${name}` };
    if (!isSystem) this.#past.push({ ...attempt, madeAt: this.node.machine.position.index });
    return attempt;
  }

  async #settle(attempt: Attempt): Promise<void> {
    const { tally } = this;
    const { type } = attempt.command;
    try {
      const { repeated } = await this.node.propose(attempt);
      if (isHostile({ ...attempt.payload, content: '' })) throw new Error(`${type} took what no database can hold`);
      tally[repeated ? 'repeated' : 'applied'] += 1;
      if (!repeated) tally.commands.set(type, (tally.commands.get(type) ?? 0) + 1);
    } catch (error) {
      if (error instanceof Rejected) {
        tally.rejected += 1;
        tally.codes.add(error.code);
      } else if (error instanceof Error && refusals.test(error.message)) tally.refused += 1;
      else throw error;
    }
  }
}
