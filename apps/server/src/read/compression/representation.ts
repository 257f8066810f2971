import type { PreparedAnswer } from '../prepared-answers';
import type { AcceptedCodings, Coding } from './accepted-codings';

/** The bytes that one caller gets. */
export interface SentRepresentation {
  readonly etag: string;
  readonly coding: Coding | null;
  readonly body: Buffer;
}

/**
 * Smaller bodies go as they are. With its head of about 0.9 kB such an answer takes two packets of an Ethernet at most;
 * compressed it would save one at best, and cost every client an unpacking.
 */
export const compressedFrom = 1024;

/** `"42"` and, of the same bytes compressed, `"42-gzip"`: two representations never share a strong ETag. */
export const etagIn = (etag: string, coding: Coding | null): string =>
  coding === null ? etag : `${etag.slice(0, -1)}-${coding}"`;

const sent = ({ etag, body }: PreparedAnswer, coding: Coding | null, bytes = body): SentRepresentation => ({
  etag: etagIn(etag, coding),
  coding,
  body: bytes,
});

/**
 * What can be sent now. The plain bytes while nothing better is ready; undefined for a caller who refuses them and takes
 * what is not ready.
 */
export function representationNow(
  answer: PreparedAnswer,
  { preferred, takesPlain }: AcceptedCodings,
): SentRepresentation | undefined {
  if (takesPlain && (preferred.length === 0 || answer.body.length < compressedFrom)) return sent(answer, null);
  const [best] = preferred;
  // Who takes nothing at all gets the plain bytes: the header may be disregarded (RFC 9110, section 12.4.1).
  if (best === undefined) return sent(answer, null);
  const coding = takesPlain ? answer.compressed.ready(preferred) : preferred.find((one) => answer.compressed.get(one));
  if (coding !== undefined) return sent(answer, coding, answer.compressed.get(coding));
  return takesPlain ? sent(answer, null) : undefined;
}

/** The same, when it is ready. */
export async function representationInTime(
  answer: PreparedAnswer,
  { preferred }: AcceptedCodings,
): Promise<SentRepresentation> {
  const [best] = preferred;
  return best === undefined ? sent(answer, null) : sent(answer, best, await answer.compressed.make(best));
}
