import { configuration, isVoter, memberId, membersOf, nodeOf } from '@config-guardian/raft';
import type { Configuration, MemberId, Message } from '@config-guardian/raft';
import { Machine } from './machine';
import { Network } from './network';
import { World } from './world';
import type { WorldOptions } from './world';

const SPARES = 2;

/** The machines, the network between them, and what an operator who sees everything would know of them. */
export class Cluster {
  readonly world: World;
  readonly network: Network;
  readonly machines: readonly Machine[];
  private readonly byName: ReadonlyMap<string, Machine>;

  constructor(options: WorldOptions) {
    const names = Array.from({ length: options.nodes + SPARES }, (_, at) => `n${at + 1}`);
    const formedWith = configuration(names.slice(0, options.nodes).map((name) => memberId(name, 'a')));
    const world = new World(options, formedWith);
    this.world = world;
    this.network = new Network(world, (message) => this.deliver(message));
    this.machines = names.map((name, at) => {
      return new Machine(name, world, () => this.network, at < options.nodes ? formedWith : null);
    });
    this.byName = new Map(this.machines.map((machine) => [machine.name, machine]));
  }

  /** The machine on which this very member still lives. */
  machineOf(id: MemberId): Machine | undefined {
    const machine = this.byName.get(nodeOf(id));
    return machine?.id === id ? machine : undefined;
  }

  running(): Machine[] {
    return this.machines.filter((machine) => machine.member !== null);
  }

  /** The leader of the highest term among those that run. */
  leader(): Machine | undefined {
    let found: Machine | undefined;
    for (const machine of this.machines) {
      if (machine.member === null || machine.view.role !== 'leader') continue;
      if (found === undefined || machine.view.term > found.view.term) found = machine;
    }
    return found;
  }

  /** The decided configuration and every one in any log, in memory or on disk, that may still be decided. */
  possibleConfigurations(): Configuration[] {
    const { decided, entries } = this.world.checker;
    const found = [decided.configuration];
    for (const { view, member } of this.machines) {
      const { log } = view.durable;
      for (let index = Math.max(decided.lastIndex, log.base) + 1; index <= log.lastIndex; index++) {
        const placed = entries.find(index, log.termAt(index)!)?.configuration;
        if (placed != null) found.push(placed);
      }
      if (member === null) continue;
      for (const placed of view.configurations) if (placed.index > decided.lastIndex) found.push(placed.configuration);
    }
    return found;
  }

  /** Voters of some possible configuration that will never answer again. */
  lostVoters(): MemberId[] {
    const voters = this.possibleConfigurations().flatMap(({ voters: ids, outgoing }) => [...ids, ...outgoing]);
    return voters.filter((id) => this.machineOf(id)?.damaged ?? true);
  }

  /**
   * Whether the cluster can do without this disk for ever: the promise of Raft is for a minority, so everything decided
   * must be on a majority of the other disks, and no voter may be lost already.
   */
  canLose(machine: Machine): boolean {
    const { checker } = this.world;
    const only = this.onlyConfiguration(machine);
    if (only === null || only.outgoing.length > 0) return false;
    if (this.lostVoters().length > 0 || machine.damaged) return false;
    if (!isVoter(only, machine.id)) return true;
    return checker.isHeldByQuorum(only, checker.decided.lastIndex, machine.id);
  }

  /** Whether a node that took part once has no part any more, for certain: then its disk may be given to another member. */
  isSpare(machine: Machine): boolean {
    const only = this.onlyConfiguration(machine);
    if (only === null || membersOf(only).includes(machine.id)) return false;
    return machine.view.log.lastIndex > 0 && machine.member !== null && !machine.damaged;
  }

  /**
   * The one configuration there can be, if no other may yet be decided. The disk of a machine that is down may hold more
   * than was ever acknowledged: a configuration nobody else knows of, which needs the disk of `machine`.
   */
  private onlyConfiguration(machine: Machine): Configuration | null {
    if (this.machines.some((other) => other !== machine && other.member === null)) return null;
    const possible = this.possibleConfigurations();
    return possible.length === 1 ? possible[0]! : null;
  }

  private deliver(message: Message): void {
    this.byName.get(nodeOf(message.to))!.deliver(message);
  }
}
