import type { Deadline } from './deadline';

/** The promise's outcome, or what `late` throws when the deadline comes first. The promise itself is not stopped. */
export async function within<T>(deadline: Deadline, promise: Promise<T>, late: () => never): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, fail) => {
    timer = setTimeout(() => {
      try {
        late();
      } catch (error) {
        fail(error as Error);
      }
    }, deadline.remainingMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
