import { reject, Rejected } from '../rejected';

/** What the caller says the resource must be like. Travels in the command, so that apply decides. */
export interface Precondition {
  readonly expectedVersion: number | null;
  /**
   * The modIndex in the ETag of If-Match, or those of all its ETags; -1 when none is ours, which matches nothing; null
   * without the header and for `*`, which any resource there is matches.
   */
  readonly ifMatch: number | readonly number[] | null;
}

export const etagOf = (modIndex: number): string => `"${modIndex}"`;

export const preconditionOf = (expectedVersion: number | undefined, ifMatch: string | null): Precondition => ({
  expectedVersion: expectedVersion ?? null,
  ifMatch: ifMatchOf(ifMatch),
});

/** One element of a list and what parts it from the next; an element may be empty (RFC 9110, section 5.6.1). */
const element = /[\t ]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*)?(,|$)/y;

/** If-Match (RFC 9110, section 13.1.1): one ETag, a list of which any may hold, or `*`. */
export function ifMatchOf(ifMatch: string | null): Precondition['ifMatch'] {
  if (ifMatch === null || ifMatch.trim() === '*') return null;
  const own = new Set<number>();
  let named = 0;
  element.lastIndex = 0;
  for (let separator: string | undefined = ','; separator === ',';) {
    const [, weak, opaque, next] = element.exec(ifMatch) ?? refuseIfMatch();
    separator = next;
    if (opaque === undefined) continue;
    named += 1;
    // A weak ETag never matches: If-Match compares strongly.
    if (weak === undefined && /^[1-9]\d{0,14}$/.test(opaque)) own.add(Number(opaque));
  }
  if (named === 0) refuseIfMatch();
  const [first = -1, ...more] = own;
  return more.length === 0 ? first : [first, ...more];
}

function refuseIfMatch(): never {
  const message = 'must be an ETag in double quotes, such as "42", a list of them, or *';
  return reject('validation-failed', { errors: [{ header: 'If-Match', message }] });
}

/** Required where a change without one could undo somebody else's work. */
export function requirePrecondition(precondition: Precondition, ifMatch: string | null): Precondition {
  if (precondition.expectedVersion === null && ifMatch === null) reject('version-required');
  return precondition;
}

function isMatched({ modIndex }: { readonly modIndex: number }, ifMatch: Precondition['ifMatch']): boolean {
  if (ifMatch === null) return true;
  return typeof ifMatch === 'number' ? ifMatch === modIndex : ifMatch.includes(modIndex);
}

/** For appliers of resources that have an ETag but no version. */
export function holdIfMatch(row: { readonly modIndex: number }, ifMatch: Precondition['ifMatch']): void {
  if (!isMatched(row, ifMatch)) {
    reject('version-conflict', {
      detail: 'The ETag in If-Match is not the current one.',
      failedPrecondition: 'if-match',
    });
  }
}

/**
 * A failed If-Match tells the ETag of now: some resources have no version to tell. Not in apply, where the outcome of a
 * released command is frozen; and the ETag of now is of more use than that of a first outcome long ago.
 */
export async function tellingEtag<T>(
  current: () => { readonly modIndex: number } | undefined,
  write: Promise<T>,
): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof Rejected) || error.detail.failedPrecondition !== 'if-match') throw error;
    const row = current();
    throw row ? new Rejected(error.code, { ...error.detail, etag: etagOf(row.modIndex) }) : error;
  }
}

/** For appliers: both must hold when both are given. */
export function holdPrecondition(
  row: { readonly version: number; readonly modIndex: number },
  precondition: Precondition,
): void {
  const { expectedVersion, ifMatch } = precondition;
  if (expectedVersion !== null && row.version !== expectedVersion) {
    reject('version-conflict', {
      detail: `Expected version ${expectedVersion}, but the current version is ${row.version}.`,
      currentVersion: row.version,
    });
  }
  if (!isMatched(row, ifMatch)) {
    reject('version-conflict', {
      detail: 'The ETag in If-Match is not the current one.',
      currentVersion: row.version,
      failedPrecondition: 'if-match',
    });
  }
}
