import { codings } from './compression/accepted-codings';
import { etagIn } from './compression/representation';

const tag = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/**
 * The ETag by which the caller knows what it would get (RFC 9110, section 13.1.2: weak comparison; `*` knows any):
 * `sent`, or that of the same bytes in another coding. A cache finds its copy by the ETag of a 304, so it is told the one
 * that it has.
 */
export function knownEtag(ifNoneMatch: string | undefined, plain: string, sent = plain): string | undefined {
  if (ifNoneMatch === undefined) return undefined;
  // What a client sends that asks again and again.
  if (ifNoneMatch === sent) return sent;
  if (ifNoneMatch.trim() === '*') return sent;
  const same = new Set([plain, ...codings.map((coding) => etagIn(plain, coding))]);
  const named = [...ifNoneMatch.matchAll(tag)].flatMap(([, opaque = '']) => (same.has(opaque) ? [opaque] : []));
  return named.includes(sent) ? sent : named[0];
}
