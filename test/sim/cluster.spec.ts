import { memberId } from '@config-guardian/raft';
import type { MembershipChange } from '@config-guardian/raft';
import { Cluster } from './cluster';
import type { Machine } from './machine';

/** Three voters and two nodes to spare, without faults, in which one leads and everything is on every disk. */
class CalmCluster {
  readonly cluster = new Cluster({ seed: 3, nodes: 3, steps: 0 });
  readonly leader: Machine;

  constructor() {
    this.until(() => this.cluster.leader() !== undefined);
    this.leader = this.cluster.leader()!;
    this.settle();
  }

  machine(name: string): Machine {
    return this.cluster.machines.find((machine) => machine.name === name)!;
  }

  get followers(): Machine[] {
    return this.cluster.machines.slice(0, 3).filter((machine) => machine !== this.leader);
  }

  settle(milliseconds = 300): void {
    const until = this.cluster.world.now + milliseconds;
    this.until(() => this.cluster.world.now >= until);
  }

  cutOff(machine: Machine): void {
    for (const other of this.cluster.machines) {
      this.cluster.network.block(machine.name, other.name);
      this.cluster.network.block(other.name, machine.name);
    }
  }

  propose(): void {
    this.leader.happen((member) => void member.propose(Buffer.from('x'), () => undefined));
    this.settle(100);
  }

  change(type: 'add-learner' | 'remove', name: string): void {
    const change: MembershipChange = {
      type: 'change',
      changes: [{ type, member: memberId(name, 'a') }],
      transition: 'auto',
    };
    this.leader.happen((member) => void member.node.proposeConfChange(change));
    this.settle();
  }

  private until(done: () => boolean): void {
    for (let events = 0; !done(); events++) {
      if (events > 100_000) throw new Error('this never happens');
      this.cluster.world.step();
    }
  }
}

describe('a disk that may be lost for ever', () => {
  it('is any one of a calm cluster', () => {
    const { cluster } = new CalmCluster();
    expect(cluster.machines.map((machine) => cluster.canLose(machine))).toEqual([true, true, true, true, true]);
  });

  it('is none while another machine is down: its disk may hold a configuration that nobody knows of', () => {
    const calm = new CalmCluster();
    const [down, other] = calm.followers;
    down!.crash(false);
    expect(calm.cluster.canLose(other!)).toBe(false);
    expect(calm.cluster.canLose(calm.machine('n4'))).toBe(false);
    expect(calm.cluster.canLose(down!)).toBe(true);
    down!.restart();
    calm.settle();
    expect(calm.cluster.canLose(other!)).toBe(true);
  });

  it('is none that holds what only one other voter holds', () => {
    const calm = new CalmCluster();
    const [cutOff, needed] = calm.followers;
    calm.cutOff(cutOff!);
    calm.propose();
    expect(calm.cluster.canLose(needed!)).toBe(false);
    expect(calm.cluster.canLose(cutOff!)).toBe(true);
    calm.cluster.network.heal();
    calm.settle();
    expect(calm.cluster.canLose(needed!)).toBe(true);
  });

  it('is none while a change may still be decided', () => {
    const calm = new CalmCluster();
    calm.followers.forEach((follower) => calm.cutOff(follower));
    calm.change('add-learner', 'n4');
    expect(calm.cluster.canLose(calm.machine('n4'))).toBe(false);
  });
});

describe('a node that may be set up anew', () => {
  const removed = (): CalmCluster => {
    const calm = new CalmCluster();
    calm.change('add-learner', 'n4');
    calm.change('remove', 'n4');
    return calm;
  };
  const spares = ({ cluster }: CalmCluster) => cluster.machines.filter((one) => cluster.isSpare(one));

  it('is one that took part and was removed', () => {
    const calm = removed();
    expect(spares(calm).map(({ name }) => name)).toEqual(['n4']);
  });

  it('is none while any machine is down, itself or another', () => {
    const calm = removed();
    const [other] = calm.followers;
    other!.crash(false);
    expect(spares(calm)).toEqual([]);
    other!.restart();
    calm.settle();
    expect(spares(calm).map(({ name }) => name)).toEqual(['n4']);
    calm.machine('n4').crash(false);
    expect(spares(calm)).toEqual([]);
  });
});
