import { Injectable } from '@nestjs/common';

/** Whether this node may answer requests of the API, and why not. */
@Injectable()
export class ServingGate {
  #waiting: string | null = 'The node is starting.';
  #closed: string | null = null;

  /** Null when it serves; otherwise the reason, for those who ask. */
  get reason(): string | null {
    return this.#closed ?? this.#waiting;
  }

  /** What the start waits for. */
  wait(reason: string): void {
    this.#waiting = reason;
  }

  open(): void {
    this.#waiting = null;
  }

  /** For good: what this node holds must not be served any more. True the first time. */
  close(reason: string): boolean {
    const isFirst = this.#closed === null;
    this.#closed ??= reason;
    return isFirst;
  }
}
