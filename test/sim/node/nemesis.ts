import type { Chance } from '../chance';
import type { Computer } from './computer';
import { fateBy } from './database/client';
import type { Leader } from './leader';
import type { PlantedFaults } from './planted';
import type { Scene } from './scene';
import { DEATHS, INSTALL_STEPS, SIDES, STEPS } from './steps';

export interface Victims {
  readonly scene: Scene;
  readonly chance: Chance;
  readonly computer: Computer;
  readonly leader: Leader | undefined;
  readonly planted: PlantedFaults;
}

/** What a server that is there may refuse a statement with, and take it later. */
const REFUSALS = ['57014', '40001', '53100', '55P03'];

/** Does harm at random, until it is told to stop. */
export class Nemesis {
  private isStopped = false;

  constructor(
    private readonly victims: Victims,
    private readonly meanMs: number,
  ) {
    // The first boot has steps that no other has.
    if (victims.chance.happens(0.3)) this.arm(['boot insert', 'log write', 'segment create', 'directory sync']);
    this.plan();
  }

  stop(): void {
    this.isStopped = true;
    this.victims.scene.plan.arm(undefined);
  }

  private plan(): void {
    const { scene, chance } = this.victims;
    scene.time.later(chance.wait(this.meanMs), () => {
      if (this.isStopped) return;
      this.strike();
      this.plan();
    });
  }

  private strike(): void {
    const { scene, chance, computer, leader, planted } = this.victims;
    const { server } = computer;
    const dice = chance.next();
    if (dice < 0.36) return this.arm(leader && chance.happens(0.35) ? INSTALL_STEPS : STEPS);
    if (dice < 0.39) return this.strikeTwice();
    if (dice < 0.43) return computer.die(chance.pick(DEATHS)!);
    if (dice < 0.49) return this.cutConnections();
    if (dice < 0.54) {
      scene.counts.hang += 1;
      server.hangsUntil = scene.time.now + chance.between(50, 1_500);
    } else if (dice < 0.6) {
      server.refusals = Array.from({ length: chance.between(1, 4) }, () => chance.pick(REFUSALS)!);
    } else if (dice < 0.63) {
      scene.counts['disk-errors'] += 1;
      computer.diskFails = true;
      computer.disk.failNext('sync', 'EIO');
    } else if (dice < 0.69) planted.save(computer);
    else if (dice < 0.73) planted.due();
    else if (dice < 0.95) leader?.leaveBehind();
    else leader?.change();
  }

  private arm(steps: readonly (typeof STEPS)[number][]): void {
    const { scene, chance } = this.victims;
    scene.plan.arm({ step: chance.pick(steps)!, side: chance.pick(SIDES)!, death: chance.pick(DEATHS)! });
  }

  /** The process dies with commits that are not safe, and the database when the next one has only begun to write. */
  private strikeTwice(): void {
    const { scene, chance, computer } = this.victims;
    computer.die('kill');
    const step = chance.pick(['batch begin', 'sync commit', 'write-through'] as const)!;
    scene.plan.arm({ step, side: 'before', death: 'database-crash' });
  }

  private cutConnections(): void {
    const { scene, computer } = this.victims;
    for (const backend of computer.server.connections) {
      scene.counts['connections-cut'] += 1;
      backend.cut(fateBy(computer.server), Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    }
  }
}
