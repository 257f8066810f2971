import type { Position } from '@config-guardian/raft';

/** The terms of a log by index: enough to tell any two logs apart, once an index and a term name one entry only. */
export class LogModel {
  /** `terms[0]` is the term of `base`, the position just before the first entry. */
  private terms: number[];

  constructor(
    public base = 0,
    baseTerm = 0,
  ) {
    this.terms = [baseTerm];
  }

  get lastIndex(): number {
    return this.base + this.terms.length - 1;
  }

  termAt(index: number): number | undefined {
    return this.terms[index - this.base];
  }

  /** The last writer of an index discards everything from there on. */
  put({ index, term }: Position): void {
    const keep = index - this.base;
    if (keep < 1 || keep > this.terms.length)
      throw new RangeError(`entry ${index} leaves a gap after ${this.lastIndex}`);
    this.terms.length = keep;
    this.terms.push(term);
  }

  restart({ index, term }: Position): void {
    this.base = index;
    this.terms = [term];
  }

  /** Up to here it is the same log as `decided`. Correct once Log Matching holds: only the end has to be looked at. */
  heldOf(decided: { readonly lastIndex: number; termAt(index: number): number | undefined }): number {
    let index = Math.min(this.lastIndex, decided.lastIndex);
    while (index > this.base && this.termAt(index) !== decided.termAt(index)) index--;
    return index;
  }
}
