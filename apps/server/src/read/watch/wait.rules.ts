import { reject } from '../../common/rejected';
import { parseDuration } from '../../common/units';

/** A read that waits for a change after the index, for so long. */
export interface Wait {
  readonly afterIndex: number;
  readonly waitMs: number;
}

const defaultWaitMs = 30_000;
/** Proxies seldom leave a silent connection open for longer. */
export const longestWaitMs = 300_000;

/** What the query asks for; undefined when it does not ask to wait. */
export function waitOf(query: { readonly waitIndex?: string; readonly wait?: string }): Wait | undefined {
  const { waitIndex, wait } = query;
  if (waitIndex === undefined) {
    if (wait !== undefined)
      reject('validation-failed', { errors: [{ parameter: 'wait', message: 'goes with waitIndex' }] });
    return undefined;
  }
  const waitMs = wait === undefined ? defaultWaitMs : (parseDuration(wait) ?? Number.NaN);
  if (!(waitMs <= longestWaitMs))
    reject('validation-failed', {
      errors: [{ parameter: 'wait', message: 'must be a duration of at most 5m, such as 30s' }],
    });
  return { afterIndex: Number(waitIndex), waitMs };
}
