import type { Chance } from './chance';
import type { Cluster } from './cluster';
import type { Machine } from './machine';

/** Clients propose where they believe the leader to be, and read anywhere: also where nobody should answer any more. */
export class Clients {
  private readonly chance: Chance;
  private commands = 0;
  private busy = true;

  constructor(
    private readonly cluster: Cluster,
    private readonly meanWait: number,
  ) {
    this.chance = cluster.world.chance.fork();
    this.next(() => this.propose());
    this.next(() => this.read());
  }

  stop(): void {
    this.busy = false;
  }

  /** A command of a few bytes up to several sectors, unlike any other. */
  command(): Buffer {
    const size = this.chance.happens(0.15) ? this.chance.between(600, 1500) : this.chance.between(8, 200);
    const bytes = Buffer.alloc(size, this.commands & 0xff);
    bytes.writeDoubleLE(++this.commands);
    return bytes;
  }

  propose(machine = this.addressee(), acknowledged: () => void = () => undefined): void {
    const { counts } = this.cluster.world;
    machine?.happen((member) => {
      counts.proposals++;
      const answer = member.propose(this.command(), () => {
        counts.acknowledged++;
        acknowledged();
      });
      if (!answer.ok) counts.refused++;
    });
  }

  private read(): void {
    const { world } = this.cluster;
    const machine = this.chance.pick(this.cluster.running());
    if (machine === undefined) return;
    const floor = world.checker.reads.begin();
    machine.happen((member) => {
      member.read((saw) => {
        if (saw === null) world.counts['reads aborted']++;
        else world.checker.reads.end(floor, saw, machine.id);
      });
    });
  }

  private addressee(): Machine | undefined {
    const running = this.cluster.running();
    const leading = running.filter(({ view }) => view.role === 'leader');
    return this.chance.pick(leading.length > 0 && this.chance.happens(0.9) ? leading : running);
  }

  private next(act: () => void): void {
    this.cluster.world.later(this.chance.wait(this.meanWait), () => {
      if (!this.busy) return;
      // Now and then several at once: they share a batch.
      for (let times = this.chance.happens(0.2) ? this.chance.between(2, 6) : 1; times > 0; times--) act();
      this.next(act);
    });
  }
}
