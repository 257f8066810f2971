import 'reflect-metadata';
import type { ConfigRevisionEntity } from '../../apps/server/src/configs/config-revision.entity';
import { SimulatedDisk } from '@config-guardian/raft-node/testing';
import type { Acknowledged } from './command-life';
import { CommandLife } from './command-life';
import { historyOf, violations } from './invariants';
import { Pick } from './pick';

/** `POWER_SEEDS=1000` for a long run. */
const seeds = Number(process.env.POWER_SEEDS ?? 40);
const lives = 5;

interface Story {
  readonly acknowledged: number;
  readonly violation: string | undefined;
}

/** Why a node that came back does not hold what was acknowledged, or undefined. */
function lossIn(life: CommandLife, acknowledged: readonly Acknowledged[]): string | undefined {
  const byCommand = new Map(life.applied.map((applied) => [applied.commandId, applied]));
  const revisions = new Map(
    historyOf<ConfigRevisionEntity>(life, 'config_revisions').map((row) => [`${row.key} ${row.version}`, row]),
  );
  const lost = acknowledged.find(({ index, commandId, key, version }) => {
    const revision = revisions.get(`${key} ${version}`);
    const isThere = byCommand.get(commandId)?.index === index && revision?.modIndex === index;
    return !isThere || revision.content !== JSON.stringify(commandId);
  });
  return lost ? `command ${lost.commandId} was acknowledged at ${lost.index} and is lost` : violations(life)[0];
}

/** A node that loses power again and again in the middle of writing; nothing but its simulated disk goes from life to life. */
async function story(seed: number, ignoreSyncs = false): Promise<Story> {
  const pick = new Pick(seed);
  const disk = new SimulatedDisk({ seed });
  const acknowledged: Acknowledged[] = [];
  const told = (violation?: string): Story => ({ acknowledged: acknowledged.length, violation });
  let life = await CommandLife.begin(disk);
  await life.prepare();
  disk.ignoreSyncs = ignoreSyncs;
  for (let number = 1; number <= lives; number += 1) {
    disk.dieAfter(pick.below(60));
    await life.writeUntilItEnds(number);
    acknowledged.push(...life.acknowledged);
    if (pick.chance(0.8)) disk.losePower();
    else disk.kill();
    try {
      life = await CommandLife.begin(disk);
    } catch (error) {
      return told(`it does not start: ${String(error)}`);
    }
    const loss = lossIn(life, acknowledged);
    if (loss !== undefined) return told(loss);
  }
  return told();
}

async function stories(count: number, ignoreSyncs: boolean): Promise<readonly Story[]> {
  const told: Story[] = [];
  for (let seed = 1; seed <= count; seed += 1) told.push(await story(seed, ignoreSyncs));
  return told;
}

describe('a node whose machine loses power, with a random part of what was not synced', () => {
  it('has every acknowledged command when it comes back', async () => {
    const told = await stories(seeds, false);
    expect(
      told.flatMap(({ violation }, at) => (violation === undefined ? [] : [`seed ${at + 1}: ${violation}`])),
    ).toEqual([]);
    const acknowledged = told.reduce((sum, story) => sum + story.acknowledged, 0);
    console.log(`${seeds * lives} crashes, ${acknowledged} commands acknowledged, none lost`);
    expect(acknowledged).toBeGreaterThan(seeds * lives * 5);
  }, 600_000);

  it('loses them as soon as syncs do nothing, and the same check tells so', async () => {
    const told = await stories(20, true);
    const violations = told.flatMap(({ violation }) => violation ?? []);
    expect(violations).toHaveLength(20);
    console.log(`without syncs, for one: ${violations.find((text) => text.includes('is lost'))}`);
    expect(violations.filter((text) => text.includes('is lost')).length).toBeGreaterThan(0);
  }, 120_000);
});
