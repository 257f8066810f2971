/** Where a row is kept, for as long as there is a row of its key. */
export type Place = number;

/** A row as a walk comes by it. The same object is at the next row a step later: what is to stay is taken from it. */
export interface PassedRow<Row> {
  readonly row: Row;
  /** What a reader has derived from the row, so as not to derive it again; gone with the row that it was derived from. */
  memo: string | undefined;
}

/**
 * The rows of a table, side by side. Everything else in a table names places: a changed row stays in its own, and a walk
 * that has no need of the rows themselves goes by without touching them, wherever they lie in memory.
 */
export class RowStore<Row> {
  readonly #rows: (Row | undefined)[] = [];
  readonly #memos: (string | undefined)[] = [];
  readonly #free: Place[] = [];

  add(row: Row): Place {
    const place = this.#free.pop() ?? this.#rows.length;
    this.replace(place, row);
    return place;
  }

  at(place: Place): Row {
    const row = this.#rows[place];
    if (row === undefined) throw new Error(`no row is kept at ${place}`);
    return row;
  }

  replace(place: Place, row: Row): void {
    this.#rows[place] = row;
    this.#memos[place] = undefined;
  }

  remove(place: Place): void {
    this.#rows[place] = this.#memos[place] = undefined;
    this.#free.push(place);
  }

  memoAt(place: Place): string | undefined {
    return this.#memos[place];
  }

  keepMemo(place: Place, memo: string | undefined): void {
    this.#memos[place] = memo;
  }
}

export class Passing<Row> implements PassedRow<Row> {
  place: Place = 0;

  constructor(private readonly rows: RowStore<Row>) {}

  get row(): Row {
    return this.rows.at(this.place);
  }

  get memo(): string | undefined {
    return this.rows.memoAt(this.place);
  }

  set memo(memo: string | undefined) {
    this.rows.keepMemo(this.place, memo);
  }
}
