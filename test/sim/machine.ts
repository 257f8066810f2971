import { memberId } from '@config-guardian/raft';
import type { Configuration, MemberId, Message } from '@config-guardian/raft';
import { LogDamaged, LogPoisoned } from '../../libs/raft-node/src/wal/log-damage';
import { WriteAheadLog } from '../../libs/raft-node/src/wal/write-ahead-log';
import type { Chance } from './chance';
import type { MemberView } from './checker/member-view';
import { Violation } from './checker/violation';
import { Database } from './database';
import { Member } from './member';
import type { Surroundings } from './member';
import type { Network } from './network';
import { WatchedDisk } from './watched-disk';
import type { World } from './world';
import { TICK } from './world';

const DIRECTORY = '/log';
const LOG = { segmentBytes: 8192, frameBytes: 4096 };
const NOBODY: Configuration = { voters: [], outgoing: [], learners: [], learnersNext: [], autoLeave: false };

/** A computer: its disk and its database outlive the process, and it may be given new ones. */
export class Machine implements Surroundings {
  member: Member | null = null;
  id: MemberId;
  view: MemberView;
  database: Database;
  disk: WatchedDisk;
  tickPeriod = TICK;
  /** Milliseconds that a sync takes at most. */
  diskDelay = 0;
  /** A bit of the disk was turned over: the log must refuse to start. */
  damaged = false;
  paused = false;
  /** Stays down until told otherwise. */
  down = false;
  private life = 0;
  private incarnation = 0;
  private recovering = false;
  private waiting: (() => void)[] = [];
  private readonly chance: Chance;

  constructor(
    readonly name: string,
    readonly world: World,
    private readonly network: () => Network,
    formedWith: Configuration | null,
  ) {
    this.chance = world.chance.fork();
    this.replace(formedWith ?? NOBODY);
  }

  /** A new disk and an empty database: another member, which shares nothing with the one before but the node's name. */
  replace(formedWith = NOBODY): void {
    this.stop();
    this.id = memberId(this.name, String.fromCharCode(97 + this.incarnation++));
    this.view = this.world.checker.newMember(this.id);
    const { durable } = this.view;
    this.disk = new WatchedDisk(this.chance.below(2 ** 31), (bytes) => {
      // Recovery writes again what it has read: that is taken from what it reads.
      if (!this.recovering) durable.synced(bytes);
    });
    this.database = new Database(formedWith);
    this.damaged = false;
    const identity = { clusterId: 'simulated', nodeId: this.name, incarnation: this.id };
    const log = WriteAheadLog.create(this.disk, DIRECTORY, identity, LOG);
    this.start(log);
  }

  /** One thing happens to the process; whatever work follows from it is done. */
  happen(work: (member: Member) => void): void {
    const { member } = this;
    if (member === null) return;
    if (this.paused) {
      const { life } = this;
      this.waiting.push(() => this.life === life && this.happen(work));
      return;
    }
    try {
      work(member);
      member.drain();
    } catch (error) {
      this.died(error);
    }
  }

  deliver(message: Message): void {
    this.happen((member) => member.step(message));
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const { waiting } = this;
    this.waiting = [];
    for (const work of waiting) work();
  }

  /** The process is gone; the machine went on, or lost its power too. */
  crash(power: boolean): void {
    const { counts } = this.world;
    this.stop();
    if (!power) {
      counts.kill++;
      this.disk.kill();
      return;
    }
    counts['power-loss']++;
    if (this.disk.losePower()) counts['lost-write']++;
    if (this.database.losePower(this.chance)) counts['lost-apply']++;
  }

  shutDown(): void {
    this.down = true;
    this.stop();
    this.disk.kill();
  }

  restart(): void {
    if (this.member !== null || this.down) return;
    this.world.counts.restarts++;
    const before = this.world.checker.kept(this.view);
    let log: WriteAheadLog;
    try {
      this.recovering = true;
      log = WriteAheadLog.open(this.disk, DIRECTORY, LOG);
    } catch (error) {
      return this.refusedToStart(error);
    } finally {
      this.recovering = false;
    }
    if (this.damaged) throw new Violation('Damage Is Detected', `${this.id} starts on a disk with a bit turned over`);
    if (log.tornBytes > 0) this.world.counts['torn-write']++;
    this.world.checker.recovered(this.view, before, log, this.database.position().index);
    this.start(log);
  }

  later(delay: number, work: () => void): void {
    const { life } = this;
    this.world.later(delay, () => {
      if (this.life === life) this.happen(work);
    });
  }

  delay(of: 'disk' | 'database'): number {
    return of === 'disk' ? this.chance.between(0, this.diskDelay) : this.chance.between(0, 5);
  }

  aboutToWrite(installs: boolean): void {
    // An installation is rare and has many steps: it is cut short more often than chance alone would.
    if (installs && this.world.may('power-loss') && this.chance.happens(0.25)) this.disk.dieAfter(this.chance.below(6));
  }

  send(message: Message): void {
    const { world } = this;
    if (message.type !== 'snapshot') {
      this.network().send(message);
      return;
    }
    world.counts['snapshots sent']++;
    const { life } = this;
    const { to, snapshot } = message;
    this.network().send(message, (outcome) => {
      const report = outcome === 'arrived' ? 'sent' : 'failed';
      if (this.life === life) this.happen((member) => member.node.reportSnapshot(to, report, snapshot.index));
    });
  }

  private start(log: WriteAheadLog): void {
    try {
      this.member = new Member(this.id, this.view, log, this.database, this);
    } catch (error) {
      return this.died(error);
    }
    this.world.trace(
      this.id,
      `starts: log ${log.firstIndex} to ${log.lastIndex}, applied ${this.database.position().index}`,
    );
    this.tick(this.chance.between(1, this.tickPeriod));
    this.happen(() => undefined);
  }

  private tick(delay: number): void {
    const { life } = this;
    this.world.later(delay, () => {
      if (this.life !== life) return;
      // The clock of a paused process stands still.
      if (!this.paused) this.happen((member) => member.node.tick());
      if (this.life === life) this.tick(this.tickPeriod);
    });
  }

  private stop(): void {
    if (this.member !== null) this.view.role = 'follower';
    this.life++;
    this.member = null;
    this.paused = false;
    this.waiting = [];
  }

  private died(error: unknown): void {
    if (error instanceof Violation) throw error;
    const poisoned = error instanceof LogPoisoned;
    if (!poisoned && !this.world.options.survivesExceptions) throw error;
    if (!poisoned) this.world.exceptions++;
    this.world.trace(this.id, `dies: ${String(error)}`);
    this.crash(poisoned && this.world.may('power-loss') && this.chance.happens(0.7));
    this.world.later(this.chance.between(10, 400), () => this.restart());
  }

  /** Refusing is right when the disk is damaged, and only then; an error of the disk itself is no refusal. */
  private refusedToStart(error: unknown): void {
    if (!(error instanceof LogDamaged)) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.disk.kill();
      this.world.later(this.chance.between(10, 200), () => this.restart());
      return;
    }
    if (!this.damaged) throw new Violation('Acknowledged Is Durable', `${this.id} does not start: ${error.message}`);
    this.world.trace(this.id, `refuses to start: ${error.reason}`);
    this.replace();
  }
}
