import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { SimulatedDisk } from '@config-guardian/raft-node/testing';
import { aMigratedDatabase, openedDataSource } from '../support/persisted-node';
import { databaseRows, stateRows } from '../support/state-rows';
import type { Acknowledged } from './command-life';
import { CommandLife } from './command-life';
import { Pick } from './pick';

/** `POWER_SEEDS=100` for a long run. */
const seeds = Number(process.env.POWER_SEEDS ?? 6);
const lives = 4;

const text = (row: { index: unknown; key: unknown; version: unknown; content: unknown }): string =>
  [row.index, row.key, row.version, row.content].map(String).join(' ');

async function revisions(dataSource: DataSource): Promise<readonly string[]> {
  const rows = await dataSource.query<{ index: string; key: string; version: number; content: string }[]>(
    `SELECT mod_index AS index, key, version, content FROM config_revisions WHERE operation = 'update' ORDER BY mod_index`,
  );
  return rows.map(text);
}

const expected = ({ index, key, version, commandId }: Acknowledged): string =>
  text({ index, key, version, content: JSON.stringify(commandId) });

describe('a node that loses power while its persister writes and its log is cut', () => {
  it('boots from log and database without a hand and has every acknowledged command in PostgreSQL', async () => {
    let acknowledged = 0;
    let cuts = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const database = await aMigratedDatabase();
      const dataSource = await openedDataSource(database.url);
      const pick = new Pick(seed);
      const disk = new SimulatedDisk({ seed });
      const known: Acknowledged[] = [];
      let life = await CommandLife.begin(disk, dataSource);
      await life.prepare();
      for (let number = 1; number <= lives; number += 1) {
        disk.dieAfter(60 + pick.below(300));
        await life.writeUntilItEnds(number);
        known.push(...life.acknowledged);
        await life.persister?.stop();
        disk.losePower();
        life = await CommandLife.begin(disk, dataSource);
        await life.persister?.flushed(life.machine.position.index);
        const found = new Set(await revisions(dataSource));
        expect({ seed, lost: known.map(expected).filter((revision) => !found.has(revision)) }).toEqual({
          seed,
          lost: [],
        });
        expect(await databaseRows(dataSource)).toEqual(stateRows(life.machine));
      }
      acknowledged += known.length;
      cuts += life.log.status().firstIndex > 1 ? 1 : 0;
      await life.persister?.stop();
      await life.log.stop();
      await dataSource.destroy();
      await database.drop();
    }
    console.log(
      `${seeds * lives} crashes, ${acknowledged} commands acknowledged, none lost; the log was cut in ${cuts} of ${seeds} runs`,
    );
    expect(cuts).toBeGreaterThan(0);
  }, 600_000);
});
