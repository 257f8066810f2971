/** The time a request has. Once it is over nothing new may be begun for it. */
export class Deadline {
  #proposed = false;

  private constructor(readonly endsAt: number) {}

  static after(milliseconds: number): Deadline {
    return new Deadline(performance.now() + milliseconds);
  }

  get remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  get isOver(): boolean {
    return performance.now() >= this.endsAt;
  }

  /** From here on the outcome of the request is the log's to decide, so running out of time means that it is unknown. */
  markProposed(): void {
    this.#proposed = true;
  }

  get hasProposed(): boolean {
    return this.#proposed;
  }
}
