/** A command on its way through the log. Encoded once, by whoever proposes it, and never again. */
export interface Envelope<Payload extends object = object> {
  /** The identity for exactly-once: random, or derived from actor and Idempotency-Key. */
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** The user who asked; null for the node itself and for requests whose payload is the credential. */
  readonly actor: string | null;
  readonly requestId: string;
  /** W3C traceparent of the request, or null. */
  readonly trace: string | null;
  /** Hash of method, path and body: the same id with another fingerprint is another request. */
  readonly fingerprint: string;
  /** The applied index where the proposer stood. Born before the exactly-once window, it is refused. */
  readonly birthIndex: number;
  readonly payload: Payload;
}

/** UTF-8 JSON with the members in a fixed order. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { id, type, version, actor, requestId, trace, fingerprint, birthIndex, payload } = envelope;
  return Buffer.from(
    JSON.stringify({ id, type, version, actor, requestId, trace, fingerprint, birthIndex, payload }),
    'utf8',
  );
}

export function decodeEnvelope(data: Uint8Array): Envelope {
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')) as Envelope;
}
