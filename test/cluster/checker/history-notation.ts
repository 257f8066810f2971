import type { Action, Operation, Outcome } from './operation';

/**
 * A history in short, an operation a line: `client call-return action -> outcome`, for example
 *
 *     p 0-2 create a -> done 1
 *     q 1-3 write b @1 -> conflict 2        over version 1; `@*` over any version
 *     r 4-? delete @2 -> unknown            it never returned
 *     q 5-6 read -> found 2 b
 *
 * Moments are whole numbers; of equal ones a return comes before a call, as in real time it could have.
 * `client@node` names the node; a key other than `k` stands before the action as `key:`.
 */
export function history(text: string): readonly Operation[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(operation);
}

const form = /^(\w+)(?:@([\w-]+))? (\d+)-(\d+|\?) (?:(\w+):)?(.+?) -> (.+)$/;

function operation(line: string, place: number): Operation {
  const [, client = '', node = 'node-1', from, to, key = 'k', action = '', outcome = ''] =
    form.exec(line) ?? wrong(line);
  const [calledMs, returnedMs] = [Number(from), to === '?' ? Infinity : Number(to)];
  // Half a step apart, and every call at a place of its own.
  const [called, returned] = [calledMs + 0.5 + place * 1e-6, returnedMs];
  return {
    client,
    node,
    key,
    action: actionOf(action),
    outcome: outcomeOf(outcome),
    called,
    returned,
    calledMs,
    returnedMs,
  };
}

function actionOf(text: string): Action {
  const [type, ...words] = text.split(' ');
  const at = words.find((word) => word.startsWith('@'))?.slice(1);
  const value = words.find((word) => !word.startsWith('@')) ?? '';
  const expectedVersion = at === undefined || at === '*' ? null : Number(at);
  switch (type) {
    case 'read':
      return { type };
    case 'create':
      return { type, value };
    case 'write':
      return { type, value, expectedVersion };
    case 'delete':
      return { type, expectedVersion };
    default:
      return wrong(text);
  }
}

function outcomeOf(text: string): Outcome {
  const [type, version, value] = text.split(' ');
  const number = version === undefined ? null : Number(version);
  switch (type) {
    case 'found':
      return { type, version: number ?? wrong(text), value: value ?? wrong(text) };
    case 'done':
      return { type, version: number };
    case 'conflict':
      return { type, currentVersion: number };
    case 'missing':
    case 'taken':
    case 'unknown':
      return { type };
    default:
      return wrong(text);
  }
}

function wrong(text: string): never {
  throw new SyntaxError(`not in the notation: ${text}`);
}
