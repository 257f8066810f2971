import type { Chance } from '../../sim/chance';
import type { Action, Operation, Outcome } from './operation';

/** One config, one operation at a time: the object that a linearizable service must look like. */
export class SequentialConfig {
  version = 0;
  value: string | null = null;
  /** What each version held. */
  readonly contents = new Map<number, string | null>();

  execute(action: Action): Outcome {
    if (action.type === 'read')
      return this.value === null ? { type: 'missing' } : { type: 'found', version: this.version, value: this.value };
    if (action.type === 'create') return this.value === null ? this.#change(action.value) : { type: 'taken' };
    if (this.value === null) return { type: 'missing' };
    if (action.expectedVersion !== null && action.expectedVersion !== this.version)
      return { type: 'conflict', currentVersion: this.version };
    return this.#change(action.type === 'delete' ? null : action.value);
  }

  #change(value: string | null): Outcome {
    this.version += 1;
    this.value = value;
    this.contents.set(this.version, value);
    return { type: 'done', version: value === null ? null : this.version };
  }
}

export interface GeneratedHistory {
  readonly operations: readonly Operation[];
  readonly object: SequentialConfig;
  /** When each version was made. */
  readonly madeAt: ReadonlyMap<number, Operation>;
}

interface Plan {
  readonly client: string;
  readonly called: number;
  readonly returned: number;
  readonly executed: number;
  readonly isUnknown: boolean;
}

/**
 * A history of a real object: every operation is executed at one moment between its call and its return, some without
 * the client learning the outcome: executed in time, long after, or never.
 */
export function generatedHistory(chance: Chance, length: number, clients: number): GeneratedHistory {
  const object = new SequentialConfig();
  const madeAt = new Map<number, Operation>();
  const plans = Array.from({ length: clients }, (_, n) => plansOf(`c${n}`, chance, Math.ceil(length / clients))).flat();
  let values = 0;
  const operations = plans
    .sort((a, b) => a.executed - b.executed)
    .map((plan): Operation => {
      const action = anAction(chance, object, () => `v${++values}`);
      const before = object.version;
      const outcome: Outcome = plan.executed === Infinity ? { type: 'unknown' } : object.execute(action);
      const operation: Operation = {
        ...{ client: plan.client, node: 'node-1', key: 'k', action, called: plan.called, calledMs: plan.called },
        outcome: plan.isUnknown ? { type: 'unknown' } : outcome,
        returned: plan.isUnknown ? Infinity : plan.returned,
        returnedMs: plan.isUnknown ? Infinity : plan.returned,
      };
      if (object.version !== before) madeAt.set(object.version, operation);
      return operation;
    });
  return { operations, object, madeAt };
}

function plansOf(client: string, chance: Chance, length: number): Plan[] {
  let now = chance.next() * 5;
  return Array.from({ length }, () => {
    const called = (now += chance.next());
    const returned = (now += chance.next() * 4);
    const isUnknown = chance.happens(0.1);
    const late = isUnknown ? chance.below(3) : 0;
    const inTime = called + chance.next() * (returned - called);
    return {
      client,
      called,
      returned,
      isUnknown,
      executed: [inTime, returned + chance.next() * 20, Infinity][late] ?? 0,
    };
  });
}

function anAction(chance: Chance, { version, value }: SequentialConfig, newValue: () => string): Action {
  const expectedVersion = chance.happens(0.2) ? null : chance.happens(0.7) ? version : chance.between(1, version + 1);
  const kind = chance.next();
  if (kind < 0.4) return { type: 'read' };
  if (kind < (value === null ? 0.8 : 0.45)) return { type: 'create', value: newValue() };
  if (kind < 0.92) return { type: 'write', value: newValue(), expectedVersion };
  return { type: 'delete', expectedVersion };
}
