import type { Chance } from '../../sim/chance';
import type { Operation } from './operation';
import { isUnknown } from './operation';
import type { GeneratedHistory } from './sequential-config';

/** Turns a good history into one that is certainly bad; undefined when it offers no place for it. */
export type Mutation = (history: GeneratedHistory, chance: Chance) => readonly Operation[] | undefined;

type Done = Operation & { readonly outcome: { readonly type: 'done'; readonly version: number } };
type Found = Operation & {
  readonly outcome: { readonly type: 'found'; readonly version: number; readonly value: string };
};

const isDone = (operation: Operation): operation is Done =>
  operation.outcome.type === 'done' && operation.outcome.version !== null;
const isFound = (operation: Operation): operation is Found => operation.outcome.type === 'found';
const replaced = (operations: readonly Operation[], old: Operation, by: Operation): readonly Operation[] =>
  operations.map((operation) => (operation === old ? by : operation));

export const mutations: Readonly<Record<string, Mutation>> = {
  'a read of what was overwritten before it began': ({ operations, object }, chance) => {
    const places = operations.filter(isFound).flatMap((read) => {
      const newest = Math.max(
        0,
        ...operations
          .filter(isDone)
          .filter(({ returned }) => returned < read.called)
          .map(versionOf),
      );
      return [...object.contents]
        .filter(([version, value]) => version < newest && value !== null)
        .map(([version, value]) => ({ read, outcome: { type: 'found', version, value: value ?? '' } as const }));
    });
    const place = chance.pick(places);
    return place && replaced(operations, place.read, { ...place.read, outcome: place.outcome });
  },
  'a read of a version that was never made': ({ operations, object }, chance) => {
    const read = chance.pick(operations.filter(isFound));
    const version = object.version + operations.length;
    return read && replaced(operations, read, { ...read, outcome: { ...read.outcome, version } });
  },
  'a read of a content that nobody wrote': ({ operations }, chance) => {
    const read = chance.pick(operations.filter(isFound));
    return read && replaced(operations, read, { ...read, outcome: { ...read.outcome, value: 'nonsense' } });
  },
  'a read that ended before its content was written': ({ operations, madeAt }, chance) => {
    const read = chance.pick(operations.filter(isFound));
    const called = (madeAt.get(read?.outcome.version ?? 0)?.called ?? 0) - 2e-6;
    return read && replaced(operations, read, { ...read, called: called - 1, returned: called });
  },
  'two writes that were told the same version': ({ operations }, chance) => {
    const [one, other] = chance.shuffled(operations.filter(isDone));
    return one && other && replaced(operations, one, { ...one, outcome: other.outcome });
  },
  'a write told to have failed, and read': ({ operations, madeAt }, chance) => {
    const writes = operations.filter(isFound).flatMap(({ outcome }) => madeAt.get(outcome.version) ?? []);
    const write = chance.pick(writes);
    return write && operations.filter((operation) => operation !== write);
  },
  'a write that took its version from another, acknowledged one': ({ operations, madeAt }, chance) => {
    const write = chance.pick(
      operations.filter((operation) => !isUnknown(operation) && isDone(operation)).filter(isDone),
    );
    const successor = write && madeAt.get(write.outcome.version + 1);
    if (write === undefined || successor === undefined || !isDone(successor)) return undefined;
    return replaced(operations, successor, { ...successor, outcome: write.outcome });
  },
};

function versionOf({ outcome }: Done): number {
  return outcome.version;
}
