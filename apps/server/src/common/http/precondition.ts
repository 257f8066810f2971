import { reject } from '../rejected';

/** What the caller says the resource must be like. Travels in the command, so that apply decides. */
export interface Precondition {
  readonly expectedVersion: number | null;
  /** The modIndex in the ETag of If-Match; -1 when the ETag is none of ours and can match nothing; null without one. */
  readonly ifMatch: number | null;
}

export const etagOf = (modIndex: number): string => `"${modIndex}"`;

/** If-Match may list several ETags or be `*`; one `modIndex` at most can be ours. */
export function preconditionOf(expectedVersion: number | undefined, ifMatch: string | null): Precondition {
  if (ifMatch === null) return { expectedVersion: expectedVersion ?? null, ifMatch: null };
  if (ifMatch.trim() === '*') return { expectedVersion: expectedVersion ?? null, ifMatch: null };
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) {
    reject('validation-failed', {
      errors: [{ header: 'If-Match', message: 'must be an ETag in double quotes, such as "42", or *' }],
    });
  }
  const indexes = tags.flatMap((tag) => /^"(\d{1,15})(?:-[a-z0-9]+)?"$/.exec(tag)?.[1] ?? []);
  if (indexes.length > 1)
    reject('validation-failed', { errors: [{ header: 'If-Match', message: 'must name one ETag' }] });
  return { expectedVersion: expectedVersion ?? null, ifMatch: indexes[0] === undefined ? -1 : Number(indexes[0]) };
}

/** If-Match alone, for resources without a version. */
export const ifMatchOf = (ifMatch: string | null): Precondition['ifMatch'] =>
  preconditionOf(undefined, ifMatch).ifMatch;

/** Required where a change without one could undo somebody else's work. */
export function requirePrecondition(precondition: Precondition, ifMatch: string | null): Precondition {
  if (precondition.expectedVersion === null && ifMatch === null) reject('version-required');
  return precondition;
}

/** For appliers of resources that have an ETag but no version. */
export function holdIfMatch(row: { readonly modIndex: number }, ifMatch: Precondition['ifMatch']): void {
  if (ifMatch !== null && row.modIndex !== ifMatch) {
    reject('version-conflict', {
      detail: 'The ETag in If-Match is not the current one.',
      failedPrecondition: 'if-match',
    });
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
  if (ifMatch !== null && row.modIndex !== ifMatch) {
    reject('version-conflict', {
      detail: 'The ETag in If-Match is not the current one.',
      currentVersion: row.version,
      failedPrecondition: 'if-match',
    });
  }
}
