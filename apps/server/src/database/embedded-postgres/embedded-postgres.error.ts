export type EmbeddedPostgresFailure =
  | 'unsupported-platform'
  | 'missing-binaries'
  | 'cannot-execute'
  | 'in-use'
  | 'not-writable'
  | 'wrong-cluster'
  | 'init-failed'
  | 'start-failed';

/** Why the embedded database could not be had; the message tells the operator what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(
    readonly failure: EmbeddedPostgresFailure,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'EmbeddedPostgresError';
  }
}

export const wayOut = 'or set DATABASE_URL to use a PostgreSQL of your own';

const writeFailures: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is exhausted',
  ENOTDIR: 'part of the path is not a directory',
};

/** By shape, not by class: errors of the file system may come from another realm. */
export function errorCode(error: unknown): string {
  return textOf(error, 'code');
}

/** What a failed command said, or the error's own words. */
export function saidBy(error: unknown): string {
  return textOf(error, 'stderr').trim() || String(error);
}

function textOf(error: unknown, property: string): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, property) : undefined;
  return typeof value === 'string' ? value : '';
}

/** Runs what prepares `directory` and turns the file system's refusals into one sentence for the operator. */
export async function whileWriting<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = writeFailures[errorCode(error)];
    if (reason === undefined) throw error;
    throw new EmbeddedPostgresError(
      'not-writable',
      `The embedded PostgreSQL cannot write to ${directory}: ${reason}. Make it writable, choose another data directory, ${wayOut}.`,
      error,
    );
  }
}
