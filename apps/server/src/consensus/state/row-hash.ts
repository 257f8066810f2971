import { hash } from 'node:crypto';
import { columnsOf } from './row-shape';
import type { TableDefinition } from './table-definition';

const modulus = 1n << 128n;

/**
 * An order-free hash of a set of rows: the sum of 128 bits of SHA-256 for each row, modulo 2^128. Adding and removing a
 * row costs one hash of that row, whatever the size of the table.
 */
export class RowHash {
  #sum = 0n;
  readonly #columns = new Map<string, readonly string[]>();

  get value(): string {
    return this.#sum.toString(16).padStart(32, '0');
  }

  change(table: TableDefinition<object, string>, before: object | undefined, after: object | undefined): void {
    if (!table.isHashed) return;
    if (before) this.#sum = (this.#sum + modulus - this.#of(table, before)) % modulus;
    if (after) this.#sum = (this.#sum + this.#of(table, after)) % modulus;
  }

  #of(table: TableDefinition<object, string>, row: object): bigint {
    let columns = this.#columns.get(table.name);
    if (!columns) this.#columns.set(table.name, (columns = [...columnsOf(table.entity)].sort()));
    const record = row as Readonly<Record<string, unknown>>;
    const text = JSON.stringify([table.name, ...columns.map((column) => record[column])]);
    return BigInt(`0x${hash('sha256', text, 'hex').slice(0, 32)}`);
  }
}
