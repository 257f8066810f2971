import type { CommittedEntry, LogContinuation } from '@config-guardian/raft-node';
import { asCommitted, lockDirectory, logExists, RealFileSystem, StoppedLog } from '@config-guardian/raft-node';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { CommandRegistry } from '../consensus/command.registry';
import { settleHeld, swapLog } from '../consensus/log-swap';
import { RaftMetaEntity } from '../consensus/raft-meta.entity';
import { restoreState } from '../consensus/restore-state';
import type { Applied, StatePosition } from '../consensus/state-machine';
import { StateMachine } from '../consensus/state-machine';
import { readMeta } from '../consensus/stored-rows';
import { DatabaseSession } from '../database/database-session';
import type { NodeDatabase } from '../database/node-database';

export interface StoppedState {
  readonly machine: StateMachine;
  readonly stored: StatePosition;
  /** What the entries did that the database does not hold yet. */
  readonly applied: readonly Applied[];
}

/** Log and database of a node that does not run, and cannot start as long as this has them. */
export class StoppedNode {
  private constructor(
    readonly nodeId: string,
    readonly registry: CommandRegistry,
    readonly dataSource: DataSource,
    readonly logDirectory: string,
    private readonly database: Pick<NodeDatabase, 'stop'>,
    private readonly unlock: () => void,
    private held: { readonly log?: StoppedLog; release(): void },
  ) {}

  /** Rejects with DirectoryInUse while the node runs. The node is as a start would find it, migrations included. */
  static async open(
    { nodeId, dataDir }: { readonly nodeId: string; readonly dataDir: string },
    registry: CommandRegistry,
    database: NodeDatabase,
  ): Promise<StoppedNode> {
    const logDirectory = join(dataDir, 'log');
    const unlock = await lockDirectory(dataDir);
    try {
      // Before the database is touched: only this tells a running node whose database is elsewhere.
      (await hold(logDirectory)).release();
      const dataSource = await database.start([...registry.tables.map(({ entity }) => entity), RaftMetaEntity]);
      await settleHeld(logDirectory, dataSource);
      const held = await hold(logDirectory);
      return new StoppedNode(nodeId, registry, dataSource, logDirectory, database, unlock, held);
    } catch (error) {
      await database.stop();
      unlock();
      throw error;
    }
  }

  /** Undefined for a node that was never started. */
  get log(): StoppedLog | undefined {
    return this.held.log;
  }

  /**
   * The state after everything that the database and the log hold, committed or not; and where the database stands. What
   * is not kept of the log leaves its index empty.
   */
  async state(keeps: (entry: CommittedEntry) => boolean = () => true): Promise<StoppedState> {
    const { log } = this;
    const identity = log?.identity ?? (await this.#meta());
    const machine = identity
      ? await restoreState(this.dataSource, this.registry, identity, log ?? (await this.#standing()))
      : new StateMachine(this.registry);
    const stored = machine.position;
    const applied: Applied[] = [];
    for (const logged of log?.after(stored) ?? []) {
      const entry = asCommitted(logged);
      applied.push(machine.apply(keeps(entry) ? entry : { ...entry, data: null, membership: null }));
    }
    return { machine, stored, applied };
  }

  /** The members at the end of what the log holds. */
  membersOf(machine: StateMachine): readonly string[] {
    const text = machine.membership === '' ? this.log?.membership : machine.membership;
    const { voters = [], learners = [], outgoing = [] } = JSON.parse(text || '{}') as Partial<Membership>;
    return [...new Set([...voters, ...outgoing, ...learners])];
  }

  /** Puts this in the place of log and database. What was there before is nobody's afterwards. */
  async replace<Result>(begin: LogContinuation, changeDatabase: () => Promise<Result>): Promise<Result> {
    return swapLog(this.logDirectory, begin, async () => {
      const result = await changeDatabase();
      this.held.release();
      this.held = { release: () => undefined };
      return result;
    });
  }

  async close(): Promise<void> {
    this.held.release();
    await this.database.stop();
    this.unlock();
  }

  async #standing(): Promise<{ readonly firstIndex: number; readonly lastIndex: number }> {
    const { appliedIndex = 0 } = (await this.#meta()) ?? {};
    return { firstIndex: appliedIndex + 1, lastIndex: appliedIndex };
  }

  async #meta(): Promise<RaftMetaEntity | undefined> {
    const session = await DatabaseSession.open(this.dataSource, 'config-guardian offline');
    try {
      return await readMeta(session, this.dataSource);
    } finally {
      session.close();
    }
  }
}

interface Membership {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly outgoing: readonly string[];
}

async function hold(logDirectory: string): Promise<{ readonly log?: StoppedLog; release(): void }> {
  if (logExists(logDirectory)) {
    const log = await StoppedLog.open(logDirectory);
    return { log, release: () => log.close() };
  }
  new RealFileSystem().makeDirectory(logDirectory);
  return { release: await lockDirectory(logDirectory) };
}
