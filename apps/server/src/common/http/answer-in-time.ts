import { Deadline } from '../deadline';
import { reject } from '../rejected';
import { within } from '../within';

/** A handler that keeps to the deadline itself says better what it waited for: it has the first word. */
const graceMs = 100;

/** Answers in time whatever the handler waits for: `timeout` while nothing was proposed, `outcome-unknown` afterwards. */
export function answerInTime<T>(deadline: Deadline, answer: Promise<T>): Promise<T> {
  const end = Deadline.after(deadline.remainingMs + graceMs);
  return within(end, answer, () => reject(deadline.hasProposed ? 'outcome-unknown' : 'timeout'));
}
