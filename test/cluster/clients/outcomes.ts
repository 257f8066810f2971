import type { Action, Outcome } from '../checker/operation';
import type { Answer } from './request';
import { codeOf } from './request';

/** What an answer of the API says in the terms of the checker; undefined for one that the contract does not know. */
export function outcomeOf(answer: Answer, action: Action): Outcome | undefined {
  const { status, body } = answer;
  if (status < 300) return successOf(answer, action);
  if (status === 404 && codeOf(answer) === 'config-not-found') return { type: 'missing' };
  if (status === 409 && codeOf(answer) === 'key-taken') return { type: 'taken' };
  if (status === 409 && codeOf(answer) === 'version-conflict')
    return {
      type: 'conflict',
      currentVersion: typeof body['currentVersion'] === 'number' ? body['currentVersion'] : null,
    };
  return undefined;
}

function successOf({ body }: Answer, action: Action): Outcome | undefined {
  if (action.type === 'delete') return { type: 'done', version: null };
  const { version } = body;
  const value = JSON.stringify(body['content']);
  if (typeof version !== 'number') return undefined;
  if (action.type === 'read') return { type: 'found', version, value };
  // A write that answers with another content than it wrote: a rollback that brought back something else.
  return value === action.value ? { type: 'done', version } : undefined;
}
