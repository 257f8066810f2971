import type { Message } from '@config-guardian/raft';
import { PeerError } from '@config-guardian/raft-node';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RaftMetaEntity } from '../../../apps/server/src/consensus/raft-meta.entity';
import { createDataSource } from '../../../apps/server/src/database/data-source';
import type { DataSource } from 'typeorm';
import { Checks } from './checks';
import { Computer } from './computer';
import type { NodeCounts } from './counts';
import { schemaOf } from './database/tables';
import { Leader } from './leader';
import { Nemesis } from './nemesis';
import { PlantedFaults } from './planted';
import { aShuffleRegistry, Commands } from './registry';
import type { SceneOptions } from './scene';
import { Scene } from './scene';
import { WINDOW } from './settings';
import type { CrashCounts } from './steps';
import { Truth } from './truth';
import { Work } from './work';

export interface NodeOutcome {
  readonly seed: number;
  readonly events: number;
  readonly milliseconds: number;
  readonly counts: NodeCounts;
  readonly crashes: CrashCounts;
  readonly hash: string;
  readonly failure: { readonly invariant: string; readonly detail: string } | null;
}

/** What a healed node may take to hold everything, in its database as well. */
const HEALING_MS = 20_000;

/** One node through many lives. Everything follows from the options. */
export async function simulate(options: SceneOptions): Promise<NodeOutcome> {
  const scene = new Scene(options);
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = mkdtempSync(join(parent, 'node-simulation-'));
  try {
    await live(scene, await layouts(), directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const { counts, crashes, hash, violation, time } = scene;
  return {
    ...{ seed: options.seed, events: time.events, milliseconds: time.now, counts, crashes, hash },
    failure: violation ?? null,
  };
}

async function live(scene: Scene, dataSource: DataSource, directory: string): Promise<void> {
  const { time, chance } = scene;
  const registry = aShuffleRegistry();
  const schema = schemaOf(dataSource, registry.tables);
  const isAlone = scene.options.seed % 3 === 0;
  const truth = new Truth(registry, schema, WINDOW);
  const checks = new Checks(scene, truth, isAlone);
  const commands = new Commands(chance.fork());
  const planted = new PlantedFaults(chance.fork());
  const network = chance.fork();
  const toNode = (message: Message): void => {
    if (network.happens(0.03)) return void (scene.counts['messages-lost'] += 1);
    time.later(network.between(1, 8), () => work.deliver(message));
  };
  const leader = isAlone ? undefined : new Leader({ scene, chance: chance.fork(), truth, commands, send: toNode });
  const link = {
    send: (message: Message): void => {
      if (leader && message.type === 'append-response' && message.term === leader.term) {
        checks.promised(message, (index) => leader.termAt(index));
      }
      time.later(network.between(1, 8), () => leader?.receive(message));
    },
    request: (method: string, body: Uint8Array): Promise<Uint8Array> =>
      new Promise((resolve, reject) => {
        const isLost = network.happens(0.05);
        time.later(isLost ? 100 : network.between(1, 10), () => {
          if (isLost || leader === undefined) return reject(new PeerError('timeout', 'no answer'));
          try {
            resolve(leader.offer.serve(method, body));
          } catch (error) {
            reject(error as Error);
          }
        });
      }),
  };
  const beforeBoot = (on: Computer): Promise<void> => planted.tryOne(on);
  const computer = new Computer({
    ...{
      scene,
      chance: chance.fork(),
      registry,
      layouts: dataSource,
      schema,
      checks,
      isAlone,
      link,
      directory,
      beforeBoot,
    },
  });
  const work = new Work({ scene, chance: chance.fork(), computer, leader, checks, commands, truth });
  const nemesis = new Nemesis({ scene, chance: chance.fork(), computer, leader, planted }, chance.between(60, 400));
  void computer.boot();
  await time.until(scene.options.milliseconds, () => scene.violation !== undefined);
  nemesis.stop();
  work.stop();
  if (!(await time.until(time.now + HEALING_MS, () => scene.violation !== undefined || work.isDone))) {
    scene.violated('Progress', work.shortfall);
  }
  checks.database(computer.server);
  computer.life.isOver = true;
}

let known: Promise<DataSource> | undefined;

/** Made once: what the tables look like. */
function layouts(): Promise<DataSource> {
  return (known ??= (async () => {
    const nowhere = { url: 'postgres://nowhere/none', poolMax: 1, connectTimeoutMs: 1, statementTimeoutMs: 1 };
    const entities = [...aShuffleRegistry().tables.map(({ entity }) => entity), RaftMetaEntity];
    const dataSource = createDataSource(nowhere, entities);
    await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
    return dataSource;
  })());
}
