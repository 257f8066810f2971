import { WriteAheadLog } from '../../libs/raft-node/src/wal/write-ahead-log';
import { Violation } from './checker/violation';
import { Clients } from './clients';
import { Cluster } from './cluster';
import type { Counts } from './faults';
import { healedProgress } from './liveness';
import { Nemesis } from './nemesis';
import { Operator } from './operator';
import type { WorldOptions } from './world';

export interface Outcome {
  readonly seed: number;
  readonly events: number;
  readonly milliseconds: number;
  readonly counts: Counts;
  readonly exceptions: number;
  readonly hash: string;
  /** How long the healed cluster took to commit and apply everywhere. */
  readonly recovery: number;
  readonly failure: { readonly invariant: string; readonly detail: string } | null;
}

const INSPECT_EVERY = 5000;
export const FEWEST_ELECTIONS = 5;

/** One life of a cluster. Everything follows from the options. */
export function simulate(options: WorldOptions): Outcome {
  const cluster = new Cluster(options);
  const { world } = cluster;
  let recovery = 0;
  let failure: Outcome['failure'] = null;
  try {
    const clients = new Clients(cluster, world.chance.between(8, 30));
    const operator = new Operator(cluster, world.chance.between(150, 600));
    const nemesis = new Nemesis(cluster, world.chance.between(60, 220));
    while (world.events < options.steps || fewElections(cluster)) {
      world.step();
      if (world.events % INSPECT_EVERY === 0) inspect(cluster);
    }
    operator.stop();
    clients.stop();
    nemesis.stop();
    recovery = healedProgress(cluster, clients);
    inspect(cluster);
  } catch (error) {
    if (error instanceof Violation) failure = { invariant: error.invariant, detail: error.detail };
    else
      failure = {
        invariant: 'exception',
        detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
  }
  const { checker, counts, events, exceptions, hash, now } = world;
  counts.elections = checker.elections;
  counts.commits = checker.decided.lastIndex;
  counts.reads = checker.reads.checked;
  return { seed: options.seed, events, milliseconds: now, counts, exceptions, hash, recovery, failure };
}

/** A quiet seed goes on until it has seen some, up to four times its length. */
function fewElections({ world }: Cluster): boolean {
  return world.checker.elections < FEWEST_ELECTIONS && world.events < 4 * world.options.steps;
}

/** As if everything crashed now, with nothing kept that was not synced: the real recovery reads every disk. */
function inspect(cluster: Cluster): void {
  for (const machine of cluster.machines) {
    if (machine.damaged || machine.member === null) continue;
    const log = WriteAheadLog.open(machine.disk.asIfCrashed(), '/log', { segmentBytes: 8192, frameBytes: 4096 });
    cluster.world.checker.inspected(machine.view, log);
    cluster.world.counts.inspections++;
  }
}
