/** What happened, told once per applied command to whoever subscribed. Payloads hold ids and rows, never secrets. */
export interface DomainEvent<Type extends string = string, Payload = unknown> {
  readonly type: Type;
  readonly payload: Payload;
}

/** A domain event with its place in the log. */
export type Published<Event extends DomainEvent = DomainEvent> = Event & {
  readonly index: number;
  /** Of the leader that put the entry into the log. */
  readonly term: number;
  /** RFC 3339, from the entry's header. */
  readonly at: string;
  readonly actorId: string | null;
};

export interface EventDefinition<Type extends string, Payload> {
  (payload: Payload): DomainEvent<Type, Payload>;
  readonly type: Type;
}

/** `const configUpdated = defineEvent('config.updated')<{ config: ConfigRow }>()` */
export function defineEvent<const Type extends string>(type: Type) {
  return <Payload>(): EventDefinition<Type, Payload> =>
    Object.assign((payload: Payload) => ({ type, payload }), { type });
}
