import { Injectable } from '@nestjs/common';
import type { DomainEvent, EventDefinition, Published } from './domain-event';

type Listener = (event: Published) => void;

/**
 * Tells every applied command's events, in log order, on this node, after the state holds them. Listeners run
 * synchronously and must not throw: a listener that does stops the node, like an applier would.
 */
@Injectable()
export class DomainEvents {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #onReplaced: ((appliedIndex: number) => void)[] = [];

  on<Type extends string, Payload>(
    definition: EventDefinition<Type, Payload>,
    listener: (event: Published<DomainEvent<Type, Payload>>) => void,
  ): () => void {
    const listeners = this.#listeners.get(definition.type) ?? new Set();
    this.#listeners.set(definition.type, listeners);
    listeners.add(listener as unknown as Listener);
    return () => listeners.delete(listener as unknown as Listener);
  }

  publish(events: readonly Published[]): void {
    for (const event of events) for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }

  /** The state was loaded, or another one has taken its place, as a whole: what that changed has no events. */
  onReplaced(listener: (appliedIndex: number) => void): void {
    this.#onReplaced.push(listener);
  }

  replaced(appliedIndex: number): void {
    for (const listener of this.#onReplaced) listener(appliedIndex);
  }
}
