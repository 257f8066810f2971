import type { Request } from 'express';

export interface RequestStrategy {
  authenticate(request: Request, options?: object): unknown;
}

/** How a strategy ends: passport puts these onto a copy of it for each request. */
interface Ending {
  success(user: unknown): void;
  fail(reason?: unknown): void;
  error(error: unknown): void;
  pass(): void;
}

/**
 * Runs one passport strategy for one request by the contract of `passport-strategy`, and gives the user that it found.
 * Passport's own registry is one for the process; two nodes in one process would take each other's strategies from it.
 */
export function runStrategy(
  strategy: RequestStrategy,
  request: Request,
  failed: (reason: unknown) => Error,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ending: Ending = {
      success: resolve,
      fail: (reason) => reject(failed(reason)),
      error: reject,
      pass: () => reject(failed(undefined)),
    };
    const attempt = Object.assign(Object.create(strategy) as RequestStrategy, ending);
    attempt.authenticate(request, {});
  });
}
