import type { RaftLog } from '@config-guardian/raft-node';
import { openRaftLog, PeerError } from '@config-guardian/raft-node';
import type { Message } from '@config-guardian/raft';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { CommandRegistry } from '../../../apps/server/src/consensus/command.registry';
import { HashNotes } from '../../../apps/server/src/consensus/hash-notes';
import { NodeState } from '../../../apps/server/src/consensus/node-state';
import type { Applied } from '../../../apps/server/src/consensus/state-machine';
import { isTransient } from '../../../apps/server/src/database/transient-error';
import type { FileSystem } from '../../../libs/raft-node/src/disk/file-system';
import type { Chance } from '../chance';
import { WatchedDisk } from '../watched-disk';
import type { Checks } from './checks';
import { dataSourceOf, fateBy } from './database/client';
import { SimulatedServer } from './database/server';
import type { Schema } from './database/tables';
import { SteppedDisk } from './disk';
import { BEGINNING, IDENTITY, LIMITS, LOG_DIRECTORY, PERSISTER, TIMING, WINDOW } from './settings';
import type { Scene } from './scene';
import type { Death, Step } from './steps';

export interface Link {
  send(message: Message): void;
  request(method: string, body: Uint8Array): Promise<Uint8Array>;
}

export interface ComputerParts {
  readonly scene: Scene;
  readonly chance: Chance;
  readonly registry: CommandRegistry;
  readonly layouts: DataSource;
  readonly schema: Schema;
  readonly checks: Checks;
  readonly isAlone: boolean;
  readonly link: Link;
  /** Where snapshots lie: on a real disk, because the code under test takes them from there. */
  readonly directory: string;
  /** What is done instead of a boot, once. */
  readonly beforeBoot: (computer: Computer) => Promise<void>;
}

export interface Process {
  isOver: boolean;
  node?: { readonly log: RaftLog<Applied>; readonly state: NodeState };
}

/** A computer with its disk and its database, and the one process that runs on it: the real log, state and persister. */
export class Computer {
  readonly disk: WatchedDisk;
  readonly server: SimulatedServer;
  /** The disk was told to fail: a log that ends for that is right. */
  diskFails = false;
  life: Process = { isOver: true };
  private readonly diskChance: Chance;

  constructor(readonly parts: ComputerParts) {
    const { scene, chance, schema, checks } = parts;
    this.diskChance = chance.fork();
    this.disk = new WatchedDisk(chance.below(2 ** 31), (bytes) => checks.synced(bytes));
    const die = (death: Death, step: Step): void => this.die(death, step);
    const onCommit = (): void => checks.committed(this.server);
    this.server = new SimulatedServer({ scene, chance, schema, die, onCommit });
  }

  get node(): Process['node'] {
    return this.life.isOver ? undefined : this.life.node;
  }

  /** Something dies, and what it takes with it starts again by itself. */
  die(death: Death, at?: Step): void {
    const { scene, chance } = this.parts;
    scene.counts[death] += 1;
    scene.trace(`${death}${at ? ` at ${at}` : ''}`);
    if (death === 'database-crash') return this.server.crash(chance.between(5, 600));
    if (!this.life.isOver) this.end(death);
  }

  async boot(): Promise<void> {
    const { scene, chance, checks, layouts, beforeBoot } = this.parts;
    await beforeBoot(this);
    const life: Process = { isOver: false };
    this.life = life;
    scene.counts.boots += 1;
    // Whatever was about to fail did so while nobody was there.
    this.disk.kill();
    this.diskFails = false;
    checks.recovered(this.disk);
    try {
      const { disk } = this;
      const die = (death: Death, step: Step): void => this.die(death, step);
      const fileSystem = new SteppedDisk({
        scene,
        chance: this.diskChance,
        disk,
        life,
        die,
        onMark: (mark) => checks.marked(mark),
      });
      const log = await this.openLog(fileSystem, life);
      checks.restoring(log.status(), this.server);
      const state = await this.restore(dataSourceOf(layouts, this.server, life), log, life);
      checks.restored(state);
      life.node = { log, state };
      const apply: NodeState['apply'] = (entries) => {
        const results = state.apply(entries);
        checks.applied(entries, state);
        return results;
      };
      const { snapshots } = state;
      await log.start({
        get appliedIndex() {
          return state.appliedIndex;
        },
        get membership() {
          return state.membership;
        },
        ...{ snapshots, apply },
        ready: () => state.ready(),
      });
    } catch (error) {
      if (life.isOver) scene.counts['boots cut short'] += 1;
      else this.gaveUp(error, chance.between(20, 200));
    }
  }

  openLog(fileSystem: FileSystem, life: Process): Promise<RaftLog<Applied>> {
    const { scene, chance, link, isAlone, directory } = this.parts;
    mkdirSync(directory, { recursive: true });
    return openRaftLog<Applied>({
      directory: LOG_DIRECTORY,
      nodeId: IDENTITY.nodeId,
      begin: { identity: IDENTITY, configuration: BEGINNING[isAlone ? 'alone' : 'group'] },
      ...(!isAlone && {
        transport: {
          send: (message: Message) => void (life.isOver || link.send(message)),
          request: (_: string, method: string, body: Uint8Array) =>
            life.isOver ? Promise.reject(new PeerError('gone', 'the process is over')) : link.request(method, body),
        },
        snapshotsDirectory: join(directory, 'snapshots'),
      }),
      onFatal: (error) => this.fatal(error, life),
      onWarning: (message) => scene.trace(message),
      fileSystem,
      limits: LIMITS,
      timing: TIMING,
      clock: scene.time.clockOf(life),
      random: chance.fork().next,
    });
  }

  restore(dataSource: DataSource, log: RaftLog<Applied>, life: Process): Promise<NodeState> {
    const { scene, chance, checks, registry } = this.parts;
    const release = (index: number): void => {
      if (life.isOver) return;
      checks.released(index, this.server);
      log.release(index);
    };
    const told = (message: string): void => {
      if (/they are written again/.test(message)) scene.counts['written again'] += 1;
      scene.trace(message);
    };
    return NodeState.restore(
      dataSource,
      registry,
      { identity: log.identity, status: () => log.status(), release },
      {
        windowLength: WINDOW,
        onFatal: (error) => this.fatal(error, life),
        log: { warn: told, error: told },
        hashNotes: new HashNotes(),
        onReplaced: () => life.node && checks.replaced(life.node.state, this.server),
        persister: { ...PERSISTER, clock: scene.time.clockOf(life), random: chance.fork().next },
      },
    );
  }

  /** The process ends itself: right only for a disk that failed, or an installation that the database cut short. */
  private fatal(error: Error, life: Process): void {
    const { scene, chance, checks } = this.parts;
    if (life.isOver) return;
    const isOfDisk = this.diskFails && /EIO|simulated fault/.test(String(error));
    const isOfInstall = checks.isInstalling && isTransient(error);
    if (!isOfDisk && !isOfInstall)
      scene.violated('A Node Lives On', `the process ends: ${error.stack ?? error.message}`);
    scene.trace(`the process ends: ${error.message}`);
    this.end(chance.happens(0.5) ? 'kill' : 'power-loss');
  }

  private gaveUp(error: unknown, pauseMs: number): void {
    const { scene } = this.parts;
    const text = error instanceof Error ? error.message : String(error);
    const isOfDisk = this.diskFails && /EIO|simulated fault/.test(text);
    if (!isTransient(error) && !isOfDisk) scene.violated('Boot Needs No Hand', text);
    scene.trace(`does not start: ${text}`);
    this.end('kill', pauseMs);
  }

  private end(
    death: Exclude<Death, 'database-crash'>,
    pauseMs = this.parts.chance.between(1, this.parts.chance.happens(0.5) ? 20 : 400),
  ): void {
    const { scene, chance, directory } = this.parts;
    this.life.isOver = true;
    this.diskFails = false;
    if (death === 'power-loss') {
      if (this.disk.losePower()) scene.counts['writes-lost'] += 1;
      this.server.losePower();
      if (chance.happens(0.5)) rmSync(directory, { recursive: true, force: true });
    } else {
      this.disk.kill();
      for (const backend of this.server.connections) backend.cut(fateBy(this.server), new Error('the client is gone'));
    }
    scene.time.later(pauseMs, () => void this.boot());
  }
}
