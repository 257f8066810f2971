import { Deadline } from '../common/deadline';
import { within } from '../common/within';
import type { CheckDto } from './health.dto';

/** Why something is not available, in words that may be shown to anybody. */
export class Unavailable extends Error {}

/** What the check tells, or why it could not tell in time. No check waits for another, and none can fail the answer. */
export async function checked(timeoutMs: number, check: () => string | Promise<string>): Promise<CheckDto> {
  const late = (): never => {
    throw new Unavailable(`No answer within ${timeoutMs} ms.`);
  };
  try {
    // Through a promise, so that an exception at once is one of the check too.
    const detail = await within(Deadline.after(timeoutMs), Promise.resolve().then(check), late);
    return { status: 'ok', detail };
  } catch (error) {
    return { status: 'unavailable', detail: error instanceof Unavailable ? error.message : 'The check failed.' };
  }
}
