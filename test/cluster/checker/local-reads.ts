import { groupBy } from './group-by';
import { lineOf } from './story';
import type { Operation } from './operation';

/** A read of one node's own state. */
export interface LocalRead extends Operation {
  readonly action: { readonly type: 'read' };
  /** The age that was accepted; null for any. */
  readonly maxStalenessMs: number | null;
  /** The log index that the node had to have applied; null for any. */
  readonly minIndex: number | null;
  /** `minIndex` is that of the client's own last change of this config, made through another node. */
  readonly isOfOwnWrite: boolean;
  /** The log index that the answer reflects (X-Config-Index). */
  readonly index: number;
}

/** An acknowledged change, whose answer named the log index it reflects. */
export interface IndexedChange {
  readonly operation: Operation;
  readonly index: number;
}

/** What local reads promise: never back in time on one node, no older than asked for, not before the index asked for. */
export function checkLocalReads(
  reads: readonly LocalRead[],
  changes: readonly IndexedChange[],
  operations: readonly Operation[],
): readonly string[] {
  return [
    ...backwards(reads),
    ...tooOld(reads, changes),
    ...reads.filter(beforeMinIndex).map(minIndexText),
    ...contradictions(reads, changes),
    ...vanished(reads, changes, operations),
  ];
}

/** In the order of time: a read that began after another had ended on the same node. */
function backwards(reads: readonly LocalRead[]): readonly string[] {
  const failures: string[] = [];
  for (const ofNode of groupBy(reads, ({ node }) => node).values()) {
    const byReturn = [...ofNode].sort((a, b) => a.returned - b.returned);
    let ended = 0;
    let newest: LocalRead | undefined;
    for (const read of [...ofNode].sort((a, b) => a.called - b.called)) {
      for (let other = byReturn[ended]; other && other.returned < read.called; other = byReturn[++ended])
        if (newest === undefined || other.index > newest.index) newest = other;
      if (newest !== undefined && read.index < newest.index)
        failures.push(
          `back in time from index ${newest.index} to ${read.index}: ${lineOf(newest)}; then ${lineOf(read)}`,
        );
    }
  }
  return failures;
}

/** Whatever was acknowledged `maxStalenessMs` before the read began must show in it. */
function tooOld(reads: readonly LocalRead[], changes: readonly IndexedChange[]): readonly string[] {
  const byReturn = [...changes].sort((a, b) => a.operation.returnedMs - b.operation.returnedMs);
  const bounded = reads
    .filter((read): read is LocalRead & { maxStalenessMs: number } => read.maxStalenessMs !== null)
    .sort((a, b) => a.calledMs - a.maxStalenessMs - (b.calledMs - b.maxStalenessMs));
  const failures: string[] = [];
  let ended = 0;
  let newest: IndexedChange | undefined;
  for (const read of bounded) {
    const moment = read.calledMs - read.maxStalenessMs;
    for (let change = byReturn[ended]; change && change.operation.returnedMs < moment; change = byReturn[++ended])
      if (newest === undefined || change.index > newest.index) newest = change;
    if (newest !== undefined && read.index < newest.index)
      failures.push(
        `older than ${read.maxStalenessMs} ms: index ${read.index}, but ${newest.index} was acknowledged: ${lineOf(newest.operation)}; then ${lineOf(read)}`,
      );
  }
  return failures;
}

const beforeMinIndex = ({ index, minIndex }: LocalRead): boolean => minIndex !== null && index < minIndex;

const minIndexText = (read: LocalRead): string => `index ${read.index} instead of ${read.minIndex}: ${lineOf(read)}`;

/** An answer must hold what its own index says: every acknowledged change up to there, and the content it gave. */
function contradictions(reads: readonly LocalRead[], changes: readonly IndexedChange[]): readonly string[] {
  const changesOf = groupBy(changes, ({ operation }) => operation.key);
  const failures: string[] = [];
  for (const read of reads) {
    const { outcome } = read;
    if (outcome.type !== 'found') continue;
    for (const { operation, index } of changesOf.get(read.key) ?? []) {
      if (operation.outcome.type !== 'done' || operation.outcome.version === null) continue;
      const { version } = operation.outcome;
      const isMissed = index <= read.index && version > outcome.version;
      const isOther =
        version === outcome.version && 'value' in operation.action && operation.action.value !== outcome.value;
      if (isMissed || isOther) failures.push(`index ${read.index} without ${lineOf(operation)}: ${lineOf(read)}`);
    }
  }
  return failures;
}

/** A config that is missing was not made up to the answer's index, or a delete may have come behind whatever made it. */
function vanished(
  reads: readonly LocalRead[],
  changes: readonly IndexedChange[],
  operations: readonly Operation[],
): readonly string[] {
  const changesOf = groupBy(changes, ({ operation }) => operation.key);
  const deletesOf = groupBy(operations.filter(mayHaveDeleted), ({ key }) => key);
  return reads.flatMap((read) => {
    if (read.outcome.type !== 'missing') return [];
    const deletes = deletesOf.get(read.key) ?? [];
    const isExplained = ({ called }: Operation): boolean =>
      deletes.some((other) => other.returned > called && other.called < read.returned);
    const made = (changesOf.get(read.key) ?? []).filter(
      ({ operation, index }) => index <= read.index && operation.action.type !== 'delete',
    );
    const lost = made.find(({ operation }) => !isExplained(operation));
    return lost ? [`index ${read.index} without ${lineOf(lost.operation)}: ${lineOf(read)}`] : [];
  });
}

const mayHaveDeleted = ({ action, outcome }: Operation): boolean =>
  action.type === 'delete' && (outcome.type === 'done' || outcome.type === 'unknown');
