import type { ProblemCode } from './problems';

/** One wrong place in the input: a JSON pointer into the body, or the name of a query parameter, header or path part. */
export interface InputError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly keyword?: string;
  readonly message: string;
}

/** The first of them in a sentence. */
export function describeErrors(errors: readonly InputError[] | undefined): string | undefined {
  const first = errors?.[0];
  if (!first) return undefined;
  const place = first.pointer ?? first.parameter ?? first.header;
  return place === '' || place === undefined ? `The body ${first.message}.` : `${place}: ${first.message}`;
}

/** Plain JSON: it is kept with a command's outcome and becomes members of the problem document. */
export interface RejectionDetail {
  readonly detail?: string;
  readonly errors?: readonly InputError[];
  readonly currentVersion?: number;
  /** `version-conflict` is 412 when the failed precondition was If-Match. */
  readonly failedPrecondition?: 'if-match';
  /** With a failed If-Match: the ETag of the resource as it is now. */
  readonly etag?: string;
  readonly retryAfterSeconds?: number;
  readonly breaks?: readonly unknown[];
  readonly allow?: readonly string[];
}

/** `schema-changed` never reaches a caller: the service checks again and proposes again. */
export type RejectionCode = ProblemCode | 'schema-changed';

/** An expected outcome that is not success. Its HTTP form is made in one place, the problem-details filter. */
export class Rejected extends Error {
  constructor(
    readonly code: RejectionCode,
    readonly detail: RejectionDetail = {},
  ) {
    super(detail.detail ?? code);
    this.name = 'Rejected';
  }
}

export function reject(code: RejectionCode, detail?: RejectionDetail | string): never {
  throw new Rejected(code, typeof detail === 'string' ? { detail } : detail);
}
