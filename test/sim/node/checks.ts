import type { AppendResponse } from '@config-guardian/raft';
import type { CommittedEntry, LogStatus } from '@config-guardian/raft-node';
import type { NodeState } from '../../../apps/server/src/consensus/node-state';
import { WriteAheadLog } from '../../../libs/raft-node/src/wal/write-ahead-log';
import { DurableLog } from '../checker/durable-log';
import type { WatchedDisk } from '../watched-disk';
import type { SimulatedServer } from './database/server';
import type { Scene } from './scene';
import { LOG, LOG_DIRECTORY } from './settings';
import type { Truth } from './truth';

/** Watches the node from outside: its disk, its database, what it applies and what it promises. */
export class Checks {
  private readonly durable = new DurableLog();
  /** Of an installation whose mark is durable and whose end is not. */
  private installing: number | null = null;
  private isRecovering = false;

  constructor(
    private readonly scene: Scene,
    private readonly truth: Truth,
    private readonly isAlone: boolean,
  ) {}

  get isInstalling(): boolean {
    return this.installing !== null;
  }

  /** Recovery writes again what it has read: that is taken from what it reads. */
  synced(bytes: Buffer): void {
    if (this.isRecovering) return;
    try {
      this.durable.synced(bytes);
    } catch (error) {
      this.scene.violated('Synced Is Recovered', String(error));
    }
  }

  marked(installing: number | null): void {
    const { counts } = this.scene;
    if (installing !== null) counts['installs begun'] += 1;
    this.installing = installing;
  }

  /** Before the node itself opens its log: what was synced has to be there. */
  recovered(disk: WatchedDisk): void {
    if (!WriteAheadLog.exists(disk, LOG_DIRECTORY)) return;
    this.isRecovering = true;
    try {
      const log = WriteAheadLog.open(disk, LOG_DIRECTORY, LOG);
      this.kept(log);
      this.durable.recovered(log);
      this.installing = log.installing?.index ?? null;
    } catch (error) {
      this.scene.violated('Boot Needs No Hand', String(error));
    } finally {
      this.isRecovering = false;
    }
  }

  /** A later leader's entries may have been written over it, or a snapshot's end: written, not synced, and there by luck. */
  private kept(log: WriteAheadLog): void {
    const { log: before } = this.durable;
    if (this.installing !== null && log.installing === null) return;
    for (let index = Math.max(before.base + 1, log.firstIndex); index <= before.lastIndex; index += 1) {
      const [now, then] = [log.termAt(index) ?? 0, before.termAt(index)!];
      if (now > then) return;
      if (now === then) continue;
      return this.scene.violated('Synced Is Recovered', `entry ${index} was synced, the log ends at ${log.lastIndex}`);
    }
  }

  restoring({ installingIndex }: LogStatus, { appliedIndex }: SimulatedServer): void {
    if (installingIndex === null) return;
    this.scene.counts[installingIndex === appliedIndex ? 'installs finished at boot' : 'installs undone'] += 1;
  }

  restored(state: NodeState): void {
    this.state(state);
  }

  replaced(state: NodeState, server: SimulatedServer): void {
    this.scene.counts.installs += 1;
    this.state(state);
    this.database(server);
  }

  applied(entries: readonly CommittedEntry[], state: NodeState): void {
    for (const entry of entries) {
      const isNew = entry.index === this.truth.lastIndex + 1;
      if (isNew && this.isAlone) this.truth.commit(entry);
      else if (isNew) this.scene.violated('Only Committed Is Applied', `entry ${entry.index} of term ${entry.term}`);
      else if (!this.truth.isSame(entry)) {
        this.scene.violated('Applied Never Changes', `entry ${entry.index} of term ${entry.term} is another one`);
      }
    }
    this.scene.mark(state.appliedIndex);
    this.state(state);
  }

  /** Others see a commit of the node. The log must hold what it stands for, or be about to. */
  committed(server: SimulatedServer): void {
    const index = server.appliedIndex ?? 0;
    const { lastIndex } = this.durable.log;
    if (index <= lastIndex || index === this.installing) return;
    this.scene.violated(
      'Database Behind The Log',
      `the database stands at ${index}, the durable log ends at ${lastIndex}`,
    );
  }

  /** The log may let go of this. */
  released(index: number, server: SimulatedServer): void {
    if (index <= server.safeIndex) return;
    this.scene.violated('Forgotten Is Durable', `${index} is released, a crash leaves ${server.safeIndex}`);
  }

  acknowledged(index: number): void {
    this.scene.counts.acknowledged += 1;
    if (index <= this.durable.log.lastIndex) return;
    this.scene.violated('Acknowledged Is Durable', `${index} is acknowledged, ${this.durable.log.lastIndex} is synced`);
  }

  promised(message: AppendResponse, termAt: (index: number) => number): void {
    if (message.reject) return;
    const { index } = message;
    const { log } = this.durable;
    if (index <= log.base || log.termAt(index) === termAt(index)) return;
    this.scene.violated('Promised Is Durable', `${index} is promised, ${log.lastIndex} is synced`);
  }

  flushed(index: number, { appliedIndex = 0 }: SimulatedServer): void {
    this.scene.counts['flushes awaited'] += 1;
    if (appliedIndex >= index) return;
    this.scene.violated('Flushed Is Visible', `${index} is told to be visible, the database stands at ${appliedIndex}`);
  }

  database({ visible }: SimulatedServer): void {
    const { counts } = this.scene;
    const fault = this.truth.differenceOf(visible, (rows) => (counts['rows compared'] += rows));
    if (fault !== undefined) this.scene.violated('Database Is A Replay', fault);
  }

  private state({ machine }: NodeState): void {
    const { position } = machine;
    if (position.index === 0) return;
    const expected = this.truth.at(position.index)?.position;
    if (expected?.rowHash === position.rowHash && expected.auditHead.hash === position.auditHead.hash) return;
    this.scene.violated('State Is A Replay', `the state at ${position.index} is not what the entries give`);
  }
}
