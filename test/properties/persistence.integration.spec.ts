import 'reflect-metadata';
import fc from 'fast-check';
import type { CommittedEntry } from '@config-guardian/raft-node';
import type { DataSource } from 'typeorm';
import { Persister } from '../../apps/server/src/consensus/persister';
import { PendingRows } from '../../apps/server/src/consensus/persister-pending';
import { restoreState } from '../../apps/server/src/consensus/restore-state';
import type { Applied } from '../../apps/server/src/consensus/state-machine';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { aFullRegistry } from '../support/every-feature';
import { aMigratedDatabase, identity, openedDataSource } from '../support/persisted-node';
import { ProposingNode } from '../support/proposing-node';
import { databaseRows, inOrder, stateRows } from '../support/state-rows';
import { historyOf } from './invariants';
import { Pick } from './pick';
import { bursts, emptyTally, RandomRun } from './random-run';

/** `PROPERTY_RUNS=200` for a long run. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 25);
const registry = aFullRegistry();

/** A window so short that it forgets, and a restart has to load exactly what is left of it. */
const windowLength = 60;

interface Life {
  readonly machine: StateMachine;
  readonly persister: Persister;
  readonly fatal: readonly Error[];
}

/** Boots on whatever the database holds, as a node does. */
async function boot(dataSource: DataSource, lastIndex: number, pick: Pick): Promise<Life> {
  const machine = await restoreState(dataSource, registry, identity, { firstIndex: 1, lastIndex }, { windowLength });
  const fatal: Error[] = [];
  const persister = new Persister(dataSource, registry.tables, {
    windowLength,
    ...{ maxBatchRows: pick.of([1, 7, 50, 4_000]), syncIntervalMs: pick.of([0, 5, 200]) },
    stopTimeoutMs: pick.of([0, 10_000]),
    onFatal: (error) => fatal.push(error),
    onDurable: () => undefined,
    log: { warn: () => undefined, error: () => undefined },
  });
  persister.start(machine.position);
  return { machine, persister, fatal };
}

/** Applies the entries in steps of random length and gives the database time between them, or not. */
async function feed({ machine, persister }: Life, entries: readonly CommittedEntry[], pick: Pick): Promise<void> {
  for (let at = 0; at < entries.length;) {
    const group = entries.slice(at, (at += 1 + pick.below(12)));
    const applied = group.map((entry) => machine.apply(entry));
    persister.enqueue(applied, machine.position, '{"voters":["node-1"]}');
    if (pick.chance(0.3)) await persister.flushed(machine.position.index);
    else if (pick.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
  }
}

const kept = (machine: StateMachine, applied: readonly Applied[]) =>
  applied.map(({ commandId }) => (commandId === null ? null : (machine.window.find(commandId) ?? null)));

function historyRows(past: ProposingNode): Readonly<Record<string, readonly string[]>> {
  const tables = registry.tables.filter(({ kind }) => kind === 'history').map(({ name }) => name);
  const oldest = past.machine.position.index - windowLength;
  const isKept = (table: string, row: { readonly index: number }) => table !== 'command_outcomes' || row.index > oldest;
  return Object.fromEntries(
    tables.map((table) => [
      table,
      inOrder(historyOf<{ index: number }>(past, table).filter((row) => isKept(table, row))),
    ]),
  );
}

describe('random runs in PostgreSQL', () => {
  const tally = emptyTally();
  let restarts = 0;
  let replayed = 0;

  async function check(seed: number, node: ProposingNode, dataSource: DataSource): Promise<void> {
    const pick = new Pick(seed);
    const lastIndex = node.log.length;
    const stops = [...new Set([pick.below(lastIndex), pick.below(lastIndex), lastIndex])].sort((a, b) => a - b);
    let life = await boot(dataSource, lastIndex, pick);
    for (const stop of stops) {
      await feed(life, node.log.slice(life.machine.position.index, stop), pick);
      if (pick.chance(0.5)) await life.persister.flushed(life.machine.position.index);
      await life.persister.stop();
      expect(life.fatal).toEqual([]);
      life = await boot(dataSource, lastIndex, pick);
      restarts += 1;
      replayed += stop - life.machine.position.index;
      const fresh = new StateMachine(aFullRegistry(), { windowLength });
      for (const entry of node.log.slice(0, life.machine.position.index)) fresh.apply(entry);
      expect(life.machine.hash).toBe(fresh.hash);
      expect(kept(life.machine, node.applied)).toEqual(kept(fresh, node.applied));
    }
    await feed(life, node.log.slice(life.machine.position.index), pick);
    await life.persister.flushed(lastIndex);
    expect(life.machine.hash).toBe(node.machine.hash);
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    expect(await databaseRows(dataSource, 'history')).toEqual(historyRows(node));
    await life.persister.stop();
    expect(life.fatal).toEqual([]);
  }

  it('give the rows of the state at any batch boundary, and a restart anywhere gives the same state', async () => {
    const database = await aMigratedDatabase();
    const dataSource = await openedDataSource(database.url);
    const rows = new PendingRows(dataSource, registry.tables);
    const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName).join(', ');
    const run = fc.asyncProperty(fc.integer(), bursts(80), async (seed, list) => {
      await dataSource.query(`TRUNCATE ${tables}`);
      const node = new ProposingNode(new StateMachine(aFullRegistry(), { windowLength }), (changes) =>
        rows.refusal(changes),
      );
      await new RandomRun(node, tally).play(list);
      if (node.log.length > 0) await check(seed, node, dataSource);
    });
    try {
      await fc.assert(run, { numRuns, interruptAfterTimeLimit: Math.max(60_000, 2_000 * numRuns) });
    } finally {
      await dataSource.destroy();
      await database.drop();
    }
    const { applied, rejected, refused, repeated } = tally;
    console.log(
      `${applied} applied, ${rejected} rejected, ${repeated} repeated, ${refused} refused before the log; ${restarts} restarts, ${replayed} entries replayed after them`,
    );
    expect(restarts).toBeGreaterThanOrEqual(numRuns);
    expect(replayed).toBeGreaterThan(0);
  }, 1_200_000);
});
