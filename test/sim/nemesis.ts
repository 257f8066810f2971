import type { Chance } from './chance';
import type { Cluster } from './cluster';
import type { Fault } from './faults';
import type { Machine } from './machine';
import { CALM } from './network';
import type { Weather } from './network';
import { TICK } from './world';

/** Does harm, then lets things settle, over and over: bugs show where trouble meets recovery. */
export class Nemesis {
  private readonly chance: Chance;
  private busy = true;
  private storms = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly meanWait: number,
  ) {
    this.chance = cluster.world.chance.fork();
    for (const machine of cluster.machines) {
      machine.diskDelay = this.chance.pick([0, 4, 15])!;
      this.keepHouse(machine);
    }
    this.changeWeather();
    this.next();
  }

  /** Everything is as it should be from now on, whatever was planned. */
  stop(): void {
    this.busy = false;
    this.cluster.network.weather = CALM;
    this.cluster.network.heal();
    for (const machine of this.cluster.machines) {
      machine.tickPeriod = TICK;
      machine.diskDelay = 4;
      machine.disk.dieAfter(Infinity);
      machine.resume();
      machine.restart();
    }
  }

  private plan(delay: number, work: () => void): void {
    this.cluster.world.later(delay, () => {
      if (this.busy) work();
    });
  }

  private next(): void {
    this.plan(this.chance.wait(this.meanWait), () => {
      this.strike();
      this.next();
    });
  }

  private changeWeather(): void {
    const { world, network } = this.cluster;
    const upTo = (fault: Fault, most: number) => (world.may(fault) ? this.chance.next() * most : 0);
    const storm: Weather = {
      loss: this.chance.happens(0.3) ? upTo('loss', 0.3) : upTo('loss', 0.03),
      duplicate: upTo('duplicate', 0.1),
      reorder: upTo('reorder', 0.5),
      delay: upTo('delay', 0.05),
    };
    network.weather = this.chance.happens(0.7) ? storm : CALM;
    this.plan(this.chance.between(300, 1500), () => this.changeWeather());
  }

  private strike(): void {
    const { world } = this.cluster;
    const victim = this.victim();
    const strikes: readonly (readonly [Fault, number, () => void])[] = [
      ['partition', 4, () => this.partition()],
      ['one-way', 3, () => this.oneWay(victim)],
      ['pause', 4, () => this.pause(victim)],
      ['skew', 2, () => this.skew(victim)],
      ['power-loss', 5, () => this.powerLoss(victim)],
      ['kill', 2, () => this.crash(victim, false)],
      ['bit-flip', 1, () => this.flipBit(victim)],
      ['disk-full', 1, () => this.failDisk(victim, 'disk-full')],
      ['sync-error', 1, () => this.failDisk(victim, 'sync-error')],
      ['slow-disk', 2, () => this.slowDisk(victim)],
    ];
    const possible = strikes.filter(([fault]) => world.may(fault));
    let at = this.chance.next() * possible.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [fault, weight, act] of possible) {
      at -= weight;
      if (at > 0) continue;
      world.trace(victim.id, `** ${fault}`);
      return act();
    }
  }

  /** More often than not the leader: it has the most to lose. */
  private victim(): Machine {
    const leader = this.cluster.leader();
    if (leader !== undefined && this.chance.happens(0.5)) return leader;
    return this.chance.pick(this.cluster.machines)!;
  }

  private partition(): void {
    const { machines, network, world } = this.cluster;
    world.counts.partition++;
    const mixed = this.chance.shuffled(machines);
    const size = this.chance.between(1, mixed.length - 1);
    for (const one of mixed.slice(0, size)) {
      for (const other of mixed.slice(size)) {
        network.block(one.name, other.name);
        network.block(other.name, one.name);
      }
    }
    this.healLater();
  }

  private oneWay(victim: Machine): void {
    const { machines, network, world } = this.cluster;
    world.counts['one-way']++;
    const deaf = this.chance.happens(0.5);
    for (const other of machines) {
      if (other === victim || this.chance.happens(0.2)) continue;
      if (deaf) network.block(other.name, victim.name);
      else network.block(victim.name, other.name);
    }
    this.healLater();
  }

  private healLater(): void {
    const storm = ++this.storms;
    this.plan(this.chance.between(100, 900), () => {
      if (storm === this.storms || this.chance.happens(0.5)) this.cluster.network.heal();
    });
  }

  private pause(victim: Machine): void {
    if (victim.member === null || victim.paused) return;
    this.cluster.world.counts.pause++;
    victim.pause();
    this.plan(this.chance.between(50, 700), () => victim.resume());
  }

  private skew(victim: Machine): void {
    this.cluster.world.counts.skew++;
    victim.tickPeriod = this.chance.pick([4, 7, 13, 20, 35])!;
    this.plan(this.chance.between(300, 2000), () => (victim.tickPeriod = TICK));
  }

  private powerLoss(victim: Machine): void {
    // Everything fails at once now and then: only what was synced is left.
    const all = this.chance.happens(0.1);
    for (const machine of all ? this.cluster.machines : [victim]) {
      if (machine.member === null) continue;
      if (all || this.chance.happens(0.2)) this.crash(machine, true);
      else machine.disk.dieAfter(this.chance.pick([0, 1, 1, 1, 2, 3, 4])!);
    }
  }

  private crash(victim: Machine, power: boolean): void {
    if (victim.member === null) return;
    victim.crash(power);
    this.startLater(victim);
  }

  private startLater(victim: Machine): void {
    this.cluster.world.later(this.chance.between(10, 600), () => {
      // A start can be cut short as well, and the next one has to cope with what it left.
      if (this.busy && victim.member === null && this.chance.happens(0.15)) victim.disk.dieAfter(this.chance.below(4));
      victim.restart();
    });
  }

  private flipBit(victim: Machine): void {
    if (victim.member === null || !this.cluster.canLose(victim)) return;
    victim.crash(true);
    victim.damaged = victim.disk.flipBit(this.chance);
    if (victim.damaged) this.cluster.world.counts['bit-flip']++;
    this.startLater(victim);
  }

  private failDisk(victim: Machine, fault: 'disk-full' | 'sync-error'): void {
    if (victim.member === null) return;
    this.cluster.world.counts[fault]++;
    if (fault === 'disk-full') victim.disk.failNext('write', 'ENOSPC');
    else victim.disk.failNext('sync', 'EIO');
  }

  private slowDisk(victim: Machine): void {
    this.cluster.world.counts['slow-disk']++;
    victim.diskDelay = this.chance.between(30, 300);
    this.plan(this.chance.between(200, 1500), () => (victim.diskDelay = 4));
  }

  /** No fault but work of every day: the database makes things durable, the log lets them go. */
  private keepHouse(machine: Machine): void {
    this.cluster.world.later(this.chance.wait(150), () => {
      if (this.chance.happens(0.6)) machine.database.checkpoint();
      const keep = this.chance.pick([0, 5, 40, 200])!;
      machine.happen((member) => {
        if (member.cutLog(keep)) this.cluster.world.counts['log cuts']++;
      });
      this.keepHouse(machine);
    });
  }
}
