import { LogDamaged, LogMismatch } from '@config-guardian/raft-node';
import { DatabaseError } from '../../../apps/server/src/database/open-database';
import type { FileSystem } from '../../../libs/raft-node/src/disk/file-system';
import { WriteAheadLog } from '../../../libs/raft-node/src/wal/write-ahead-log';
import type { Chance } from '../chance';
import type { Computer, Process } from './computer';
import { dataSourceOf } from './database/client';
import { SimulatedServer } from './database/server';
import type { Tables } from './database/tables';
import type { NodeCount } from './counts';
import { LOG, LOG_DIRECTORY } from './settings';

interface Saved {
  readonly disk: FileSystem;
  readonly lastIndex: number;
  readonly installing: number | undefined;
  readonly tables: Tables;
  readonly appliedIndex: number;
}

interface Planted {
  readonly count: Extract<NodeCount, `refused: ${string}`>;
  readonly disk: FileSystem;
  readonly tables: Tables;
}

/** Faults that a node must refuse to start with: each is planted, refused and taken back. */
export class PlantedFaults {
  private saved: Saved | undefined;
  private isDue = false;

  constructor(private readonly chance: Chance) {}

  /** Copies of disk and database, to be put in the place of newer ones later. */
  save({ disk, server }: Computer): void {
    const copy = disk.asIfCrashed();
    if (!WriteAheadLog.exists(copy, LOG_DIRECTORY)) return;
    const log = WriteAheadLog.open(copy, LOG_DIRECTORY, LOG);
    const { lastIndex } = log;
    const installing = log.installing?.index;
    this.saved = {
      disk: copy,
      lastIndex,
      installing,
      tables: server.visible.copy(),
      appliedIndex: server.appliedIndex ?? 0,
    };
  }

  due(): void {
    this.isDue = true;
  }

  async tryOne(computer: Computer): Promise<void> {
    if (!this.isDue) return;
    const planted = this.chance.pick(this.possible(computer));
    if (planted === undefined) return;
    this.isDue = false;
    this.saved = undefined;
    const { scene, layouts } = computer.parts;
    const life: Process = { isOver: false };
    const server = new SimulatedServer(
      { ...computer.server.parts, die: () => undefined, onCommit: () => undefined },
      planted.tables,
    );
    scene.counts[planted.count] += 1;
    scene.plan.arm(undefined);
    let answer: unknown;
    try {
      const log = await computer.openLog(planted.disk, life);
      await computer.restore(dataSourceOf(layouts, server, life), log, life);
    } catch (error) {
      answer = error;
    }
    life.isOver = true;
    if ([DatabaseError, LogMismatch, LogDamaged].some((refusal) => answer instanceof refusal)) return;
    scene.violated(
      'Damage Is Refused',
      `${planted.count}: the answer is ${answer instanceof Error ? answer.stack : 'a start'}`,
    );
  }

  private possible(computer: Computer): Planted[] {
    const { server } = computer;
    const disk = computer.disk.asIfCrashed();
    if (!WriteAheadLog.exists(disk, LOG_DIRECTORY) || server.appliedIndex === undefined) return [];
    const log = WriteAheadLog.open(disk, LOG_DIRECTORY, LOG);
    const found: Planted[] = [];
    const { saved } = this;
    const tables = server.visible;
    const isFinished = log.installing === null;
    if (saved && server.appliedIndex > saved.lastIndex && server.appliedIndex !== saved.installing)
      found.push({ count: 'refused: old log', disk: saved.disk, tables: tables.copy() });
    if (saved && isFinished && saved.appliedIndex + 1 < log.firstIndex)
      found.push({ count: 'refused: old database', disk, tables: saved.tables.copy() });
    const meta = tables.of('raft_meta').get('1')!;
    const foreign = tables.copy();
    foreign.of('raft_meta').set('1', { ...meta, incarnation: 'another' });
    found.push({ count: 'refused: database of another', disk, tables: foreign });
    const changed = tables.copy();
    const [id, row] = [...changed.of('users')][0] ?? [];
    if (id !== undefined) {
      changed.of('users').set(id, { ...row, email: 'changed by hand' });
      found.push({ count: 'refused: changed row', disk, tables: changed });
    }
    return found;
  }
}
