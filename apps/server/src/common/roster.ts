/** Where a member stands; it moves when another one leaves. */
export interface Place<T> {
  readonly of: T;
  at: number;
}

/**
 * Members that come and go with every request. In a `Set` they would be kept: V8 gives it a new table every few of them
 * and links the one it leaves to the next, so from the first old table on all that follow, with whatever was in them,
 * outlive every collection but a full one. An array has one store for all of them.
 */
export class Roster<T> {
  readonly #places: Place<T>[] = [];

  get size(): number {
    return this.#places.length;
  }

  add(of: T): Place<T> {
    const place = { of, at: this.#places.length };
    this.#places.push(place);
    return place;
  }

  /** Does nothing when it has left before. */
  remove(place: Place<T>): void {
    if (this.#places[place.at] !== place) return;
    const last = this.#places.pop();
    if (last === undefined || last === place) return;
    this.#places[place.at] = last;
    last.at = place.at;
  }

  /** All who are there now, in no order; they may leave meanwhile. */
  all(): readonly T[] {
    return this.#places.map(({ of }) => of);
  }
}
