/** Why this side closed a connection: the names under which `stats().refused` counts. */
export type RefusalReason =
  | 'cluster'
  | 'crowded'
  | 'frame-too-large'
  | 'identity'
  | 'malformed'
  | 'protocol'
  | 'removed'
  | 'secret'
  | 'silent'
  | 'slow'
  | 'tampered'
  | 'tls';

export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
  }
}
