import type { Configuration } from '@config-guardian/raft';
import { Violation } from './checker/violation';
import type { Clients } from './clients';
import type { Cluster } from './cluster';
import type { Machine } from './machine';

/** Milliseconds: a hundred election timeouts. */
export const PATIENCE = 10_000;

/**
 * The faults are over and a quorum is healed; up to a minority stays down. A proposal must be committed and applied by
 * every live voter within the bound. Returns how long that took.
 */
export function healedProgress(cluster: Cluster, clients: Clients): number {
  const { world } = cluster;
  keepSomeDown(cluster);
  const began = world.now;
  let goal = Infinity;
  let asked = began;
  while (world.now - began < PATIENCE) {
    world.step();
    if (goal < Infinity && liveVoters(cluster).every(({ database }) => database.position().index >= goal)) {
      return world.now - began;
    }
    if (goal < Infinity || world.now - asked < 50) continue;
    asked = world.now;
    const leader = cluster.leader();
    clients.propose(leader, () => (goal = Math.min(goal, leader!.database.position().index)));
  }
  const states = cluster.machines.map(
    ({ id, member, view, database }) =>
      `${id} ${member === null ? 'down' : view.role} term ${view.term} applied ${database.position().index}`,
  );
  throw new Violation('Progress', `nothing new within ${PATIENCE} ms of calm: ${states.join(', ')}`);
}

function keepSomeDown(cluster: Cluster): void {
  const { chance } = cluster.world;
  const down = new Set<Machine>();
  const possible = cluster.possibleConfigurations();
  for (const machine of chance.shuffled(cluster.machines)) {
    if (chance.happens(0.6)) continue;
    down.add(machine);
    if (!possible.every((configuration) => hasMajority(cluster, configuration, down))) down.delete(machine);
  }
  for (const machine of down) machine.shutDown();
}

function hasMajority(cluster: Cluster, { voters, outgoing }: Configuration, down: ReadonlySet<Machine>): boolean {
  return [voters, outgoing].every((half) => {
    const live = half
      .map((id) => cluster.machineOf(id))
      .filter((machine) => machine !== undefined && !down.has(machine));
    return half.length === 0 || live.length > half.length / 2;
  });
}

function liveVoters(cluster: Cluster): Machine[] {
  const { voters, outgoing } = cluster.world.checker.decided.configuration;
  const machines = [...voters, ...outgoing].map((id) => cluster.machineOf(id));
  return machines.filter((machine): machine is Machine => machine !== undefined && !machine.down);
}
