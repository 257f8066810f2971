import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { DatabaseSession } from '../../database/database-session';
import { outcomesInWindow } from '../outcome-window';
import type { StatePosition } from '../state-hash';
import type { TableDefinition } from '../state/table-definition';
import { eachChunk, positionOf, readMeta } from '../stored-rows';
import { lineOf, rowTexts } from './snapshot-lines';

export const currentFile = 'current';

/**
 * Writes the current tables and the exactly-once window, as the database holds them now, into a file. One transaction
 * gives one moment for all tables; it ends with the last row, because a long one makes every update dearer.
 */
export async function takeSnapshot(
  dataSource: DataSource,
  tables: readonly TableDefinition<object, string>[],
  windowLength: number,
  directory: string,
): Promise<StatePosition> {
  const session = await DatabaseSession.open(dataSource, 'config-guardian snapshot');
  const file = await open(join(directory, currentFile), 'w');
  try {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const meta = await readMeta(session, dataSource);
    if (!meta) throw new Error('the database holds no state yet');
    const position = positionOf(meta);
    await file.write(lineOf({ format: 1, ...position }));
    for (const table of tables) {
      const isWindow = table.name === 'command_outcomes';
      if (table.kind === 'history' && !isWindow) continue;
      const condition = isWindow ? outcomesInWindow(position.index, windowLength) : '';
      await eachChunk(session, dataSource, table, condition, async (rows) => {
        for (const text of rowTexts(table.name, rows)) await file.write(text);
      });
    }
    await session.query('COMMIT');
    await file.sync();
    return position;
  } finally {
    session.close();
    await file.close();
  }
}
