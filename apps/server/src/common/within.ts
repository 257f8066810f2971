import type { Deadline } from './deadline';

/** The promise's outcome, or what `late` throws when the deadline comes first. The promise itself is not stopped. */
export function within<T>(deadline: Deadline, promise: Promise<T>, late: () => never): Promise<T> {
  // Every request passes here several times: one promise and one timer, where a race would make five and keep them.
  return new Promise<T>((resolve, fail) => {
    const timer = setTimeout(() => {
      try {
        late();
      } catch (error) {
        fail(error as Error);
      }
    }, deadline.remainingMs);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        fail(error as Error);
      },
    );
  });
}
