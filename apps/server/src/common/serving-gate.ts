import { Injectable } from '@nestjs/common';

/** Whether this node may answer requests of the API, and why not. */
@Injectable()
export class ServingGate {
  #waiting: string | null = 'The node is starting.';
  #closed: string | null = null;
  readonly #listeners: (() => void)[] = [];

  /** Null when it serves; otherwise the reason, for those who ask. */
  get reason(): string | null {
    return this.#closed ?? this.#waiting;
  }

  /** What the start waits for. */
  wait(reason: string): void {
    this.#waiting = reason;
    this.#changed();
  }

  open(): void {
    this.#waiting = null;
    this.#changed();
  }

  /** For good: what this node holds must not be served any more. True the first time. */
  close(reason: string): boolean {
    const isFirst = this.#closed === null;
    this.#closed ??= reason;
    this.#changed();
    return isFirst;
  }

  /** For those who pass on whether this node serves. A listener must not throw. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
