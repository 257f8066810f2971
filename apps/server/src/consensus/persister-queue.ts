import type { PersisterTable } from './persister-table';
import type { StatePosition } from './state-machine';

export interface PendingRow {
  readonly table: PersisterTable;
  readonly key: string;
  /** The row to write, or the one to delete. */
  readonly row: object;
  readonly deleted: boolean;
}

/** The entries that were applied in one step; written together or not at all. */
export interface PendingGroup {
  readonly position: StatePosition;
  readonly membership: string;
  readonly entries: number;
  readonly rows: readonly PendingRow[];
  readonly bytes: number;
}

/**
 * Everything that was applied and that no synchronous commit covers yet, in order. A mark divides what has been
 * committed asynchronously, and may be lost with the server's memory, from what has not been sent.
 */
export class PersisterQueue {
  /** The index below which nothing is kept. */
  #floor = 0;
  #groups: PendingGroup[] = [];
  #sent = 0;
  #entries = 0;
  #rows = 0;
  #bytes = 0;

  startAt(index: number): void {
    this.#floor = index;
  }

  get floor(): number {
    return this.#floor;
  }

  get lastIndex(): number {
    return this.#groups.at(-1)?.position.index ?? this.#floor;
  }

  get sentIndex(): number {
    return this.#groups[this.#sent - 1]?.position.index ?? this.#floor;
  }

  get unsentEntries(): number {
    return this.lastIndex - this.sentIndex;
  }

  get entries(): number {
    return this.#entries;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(group: PendingGroup): void {
    this.#groups.push(group);
    this.#count(group, 1);
  }

  /** The next groups to send: at least one, as long as there is one, and no more than the limits allow. */
  next(maxRows: number, maxBytes: number): readonly PendingGroup[] {
    let rows = 0;
    let bytes = 0;
    let end = this.#sent;
    for (let group = this.#groups[end]; group; group = this.#groups[++end]) {
      rows += group.rows.length;
      bytes += group.bytes;
      if (end > this.#sent && (rows > maxRows || bytes > maxBytes)) break;
    }
    return this.#groups.slice(this.#sent, end);
  }

  sent(groups: readonly PendingGroup[]): void {
    this.#sent += groups.length;
  }

  /** A synchronous commit covers everything that was sent. */
  forgetSent(): void {
    const forgotten = this.#groups.slice(0, this.#sent);
    this.#floor = this.sentIndex;
    this.#groups = this.#groups.slice(this.#sent);
    this.#sent = 0;
    for (const group of forgotten) this.#count(group, -1);
  }

  /** Sends again from what follows `index`; false when the database stands where no transaction of ours ended. */
  resumeAfter(index: number): boolean {
    const at = this.#groups.findIndex((group) => group.position.index > index);
    const sent = at === -1 ? this.#groups.length : at;
    if ((this.#groups[sent - 1]?.position.index ?? this.#floor) !== index) return false;
    this.#sent = sent;
    return true;
  }

  #count(group: PendingGroup, sign: 1 | -1): void {
    this.#entries += sign * group.entries;
    this.#rows += sign * group.rows.length;
    this.#bytes += sign * group.bytes;
  }
}
