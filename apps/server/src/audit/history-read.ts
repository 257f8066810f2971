import type { Deadline } from '../common/deadline';
import { reject, Rejected } from '../common/rejected';
import { within } from '../common/within';
import { isTransient } from '../database/transient-error';

/** A query of history in the time that the request has. A database that is away is no error of the caller or the code. */
export async function readHistory<T>(deadline: Deadline, query: () => Promise<T>): Promise<T> {
  try {
    return await within(deadline, query(), () => reject('timeout'));
  } catch (error) {
    if (error instanceof Rejected || !isTransient(error)) throw error;
    return reject('not-ready', { detail: 'The database of this node is away.', retryAfterSeconds: 1 });
  }
}
