/** Long enough for an API key, too long for a usual config key. */
const suspiciousLength = 40;

const looksLikeKey = (segment: string): boolean =>
  segment.length >= suspiciousLength || /^cfg_/i.test(decoded(segment));

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * A path as it may be logged and answered: without the query, and without what is or may have been meant as an API key.
 * By its place, however it was written: percent-encoded, mistyped or cut short, a credential is not repeated.
 */
export function redactedPath(url: string | undefined): string {
  const [path = ''] = (url ?? '').split('?');
  return path
    .replace(/^(\/v1\/(?:read|watch)\/)([^/]*)(\/.*)?$/i, (_all, start: string, first: string, rest = '') =>
      rest !== '' || looksLikeKey(first) ? `${start}***${rest}` : `${start}${first}`,
    )
    .replace(/cfg(?:_|%5f)[^/]{20,}/gi, '***');
}
