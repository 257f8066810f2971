import type { FailingPrefix } from './check-history';
import { isUnknown } from './operation';
import type { Operation } from './operation';

const mostLines = 40;
const mostOfOrder = 8;

/** Why a history is not linearizable, for a person: what was done when, and where the explanation ends. */
export function tellStory({ operations, last, verdict }: FailingPrefix): string {
  const told = operations.filter((operation) => operation.action.type !== 'read' || !isUnknown(operation));
  const shown = told.sort((a, b) => a.called - b.called).slice(-mostLines);
  const omitted = told.length - shown.length;
  const explained = new Set(verdict.order);
  const unexplained = told.filter((operation) => !isUnknown(operation) && !explained.has(operation));
  const { version, value } = verdict.state;
  return [
    `config "${last.key}" is not linearizable; the shortest failing prefix has ${told.length} operations:`,
    ...(omitted > 0 ? [`  (${omitted} earlier ones are left out)`] : []),
    ...shown.map((operation) => `${operation === last ? '> ' : '  '}${lineOf(operation)}`),
    `The last answer (>) fits no order. The best explanation ends with`,
    ...verdict.order.slice(-mostOfOrder).map((operation) => `    ${lineOf(operation)}`),
    `  which leaves version ${version}, ${value === null ? 'deleted or never made' : `content ${value}`}; it cannot place`,
    ...unexplained.slice(0, mostOfOrder).map((operation) => `    ${lineOf(operation)}`),
  ].join('\n');
}

export function lineOf(operation: Operation): string {
  const { client, node, calledMs, returnedMs } = operation;
  const time = `${seconds(calledMs)}-${returnedMs === Infinity ? '...' : seconds(returnedMs)}`;
  return `${time.padEnd(17)} ${client}@${node}: ${actionText(operation)} -> ${outcomeText(operation)}`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)}s`;

function actionText({ action }: Operation): string {
  switch (action.type) {
    case 'read':
      return 'read';
    case 'create':
      return `create ${action.value}`;
    case 'write':
      return `write ${action.value} over ${overText(action.expectedVersion)}`;
    case 'delete':
      return `delete ${overText(action.expectedVersion)}`;
  }
}

const overText = (version: number | null): string => (version === null ? 'any version' : `version ${version}`);

function outcomeText({ outcome }: Operation): string {
  switch (outcome.type) {
    case 'found':
      return `version ${outcome.version}, ${outcome.value}`;
    case 'done':
      return outcome.version === null ? 'done' : `done as version ${outcome.version}`;
    case 'conflict':
      return `conflict${outcome.currentVersion === null ? '' : ` with version ${outcome.currentVersion}`}`;
    case 'missing':
      return 'not found';
    case 'taken':
      return 'key taken';
    case 'unknown':
      return 'outcome unknown';
  }
}
