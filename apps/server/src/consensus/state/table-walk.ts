import type { TableView } from './state';

/**
 * Looks through a table a few rows at a time, round after round, going on where it stopped: what it costs does not grow
 * with the table, only the time until each row was seen does.
 */
export class TableWalk<Row extends object> {
  #after: string | undefined;

  constructor(
    private readonly rowsAtOnce: number,
    private readonly keyOf: (row: Row) => string,
  ) {}

  next(table: Pick<TableView<Row>, 'all'>): readonly Row[] {
    const rows: Row[] = [];
    for (const row of table.all({ after: this.#after })) {
      rows.push(row);
      if (rows.length === this.rowsAtOnce) break;
    }
    const last = rows.length === this.rowsAtOnce ? rows.at(-1) : undefined;
    this.#after = last && this.keyOf(last);
    return rows;
  }
}
