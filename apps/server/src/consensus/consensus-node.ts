import type { CommittedEntry, LogConsumer, RaftLog, ReplicatedLog, StateSnapshots } from '@config-guardian/raft-node';
import { lockDirectory, LogError, openRaftLog } from '@config-guardian/raft-node';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { ServingGate } from '../common/serving-gate';
import { WrongSetting } from '../common/setting';
import { Watermark } from '../common/watermark';
import { NodeDatabase } from '../database/node-database';
import { CommandRegistry } from './command.registry';
import { CONSENSUS_OPTIONS } from './consensus.options';
import type { ConsensusOptions } from './consensus.options';
import { DomainEvents } from './domain-events';
import { HashNotes } from './hash-notes';
import { LeaderDuties } from './leader-duties';
import { settleLogSwap } from './log-swap';
import { NodeState } from './node-state';
import { LogBeginning } from './peers/log-beginning';
import { LogClock } from './log-clock';
import { NodeObservation } from './node-observation';
import { PeerNetwork } from './peers/peer-network';
import type { Persister } from './persister';
import { RaftMetaEntity } from './raft-meta.entity';
import { ReadBarrier } from './read-barrier';
import type { Applied, StateMachine } from './state-machine';
import { refuseLost } from './succession/former-clusters.table';

/** A local read is served from a state confirmed no longer ago than this, as long as the cluster is well. */
const confirmEveryMs = 100;
/** What a start under way is given to see that it is not wanted any more. */
const abandonMs = 500;

const nothing = (): void => undefined;

/** Ties log, state machine and persister together; owns their order at start and at the end. */
@Injectable()
export class ConsensusNode implements LogConsumer<Applied>, OnApplicationBootstrap, OnModuleDestroy {
  readonly applied = new Watermark();
  readonly hashNotes = new HashNotes();
  readonly observed = new NodeObservation();
  readonly clock = new LogClock((aheadMs) =>
    this.pino.warn(
      { aheadMs },
      'the times of the log are ahead of the clock of this machine: this one is behind, or that of a leader is or was ahead',
    ),
  );
  readonly #listeners: ((applied: Applied) => void)[] = [];
  #started: { log: ReplicatedLog<Applied>; state: NodeState; barrier: ReadBarrier } | undefined;
  #confirming: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();
  #start: Promise<void> | undefined;

  constructor(
    @Inject(CONSENSUS_OPTIONS) private readonly options: ConsensusOptions,
    private readonly registry: CommandRegistry,
    private readonly database: NodeDatabase,
    private readonly events: DomainEvents,
    private readonly duties: LeaderDuties,
    private readonly network: PeerNetwork,
    private readonly beginning: LogBeginning,
    private readonly gate: ServingGate,
    private readonly pino: PinoLogger,
  ) {}

  get log(): ReplicatedLog<Applied> {
    return this.#running.log;
  }

  get machine(): StateMachine {
    return this.#running.state.machine;
  }

  get barrier(): ReadBarrier {
    return this.#running.barrier;
  }

  get persister(): Persister {
    return this.#running.state.persister;
  }

  get isStarted(): boolean {
    return this.#started !== undefined;
  }

  get appliedIndex(): number {
    return this.machine.position.index;
  }

  get membership(): string {
    return this.machine.membership;
  }

  get snapshots(): StateSnapshots | undefined {
    return this.#started?.state.snapshots;
  }

  /** Resolves when this node serves what it can; rejects with the reason why it cannot start. */
  get started(): Promise<void> {
    return this.#start ?? Promise.reject(new Error('the node was not told to start'));
  }

  /** In the background: a node that waits for its peers is alive, and says what it waits for. */
  onApplicationBootstrap(): void {
    this.#start = this.#boot(this.#stopping.signal);
    // Whoever started the node asks for it.
    this.#start.catch(() => undefined);
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#start?.catch(() => undefined), delay(abandonMs, undefined, { ref: false })]);
    clearInterval(this.#confirming);
    await this.duties.stop();
    await this.#started?.log.stop();
    await this.#started?.state.persister.stop();
    await this.network.stop();
    await this.database.stop();
  }

  async #boot(signal: AbortSignal): Promise<void> {
    await this.network.start();
    const dataSource = await this.database.start([
      ...this.registry.tables.map((table) => table.entity),
      RaftMetaEntity,
    ]);
    signal.throwIfAborted();
    await this.#run(dataSource, signal);
  }

  async #run(dataSource: DataSource, signal: AbortSignal): Promise<void> {
    const settled = await settleLogSwap(this.options.logDirectory, dataSource);
    if (settled !== 'none') this.pino.warn(`a change of the whole state was cut short: now it is ${settled}`);
    signal.throwIfAborted();
    const log = await this.#openLog(signal);
    const state = await NodeState.restore(dataSource, this.registry, log, {
      ...(this.options.windowLength !== undefined && { windowLength: this.options.windowLength }),
      onFatal: this.options.onFatal,
      log: this.pino,
      hashNotes: this.hashNotes,
      observed: this.observed,
      onReplaced: (index) => this.#replaced(index),
    });
    const barrier = new ReadBarrier(
      log,
      this.applied,
      (index) => refuseLost(state.machine.state, index),
      this.observed,
    );
    this.#started = { log, state, barrier };
    this.applied.raise(state.appliedIndex);
    this.events.replaced(state.appliedIndex);
    this.network.serve(log);
    await log.start(this);
    this.beginning.begun(() => log.status());
    signal.throwIfAborted();
    await this.#serve(log, barrier);
    this.pino.info({ appliedIndex: this.applied.value, ...log.identity }, 'the node serves');
  }

  /**
   * For a change of log and database as a whole: ends all that works on them, and starts again from what the change has
   * left. Rejects as `change` does; a node that cannot start again ends.
   */
  async restart<Result>(
    reason: string,
    change: (dataSource: DataSource, logDirectory: string) => Promise<Result>,
  ): Promise<Result> {
    const { log, state } = this.#running;
    const { dataSource } = this.database;
    this.gate.wait(reason);
    clearInterval(this.#confirming);
    await this.duties.stop();
    await log.stop();
    await state.persister.stop();
    const changed = this.#alone(() => change(dataSource, this.options.logDirectory));
    const ended = changed.then(nothing, nothing);
    this.#start = ended.then(() => this.#run(dataSource, this.#stopping.signal));
    await this.#start.catch(this.options.onFatal);
    return changed;
  }

  /** No other process that knows this data directory does the same meanwhile. */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const unlock = await lockDirectory(dirname(this.options.logDirectory));
    return work().finally(unlock);
  }

  #replaced(appliedIndex: number): void {
    this.applied.raise(appliedIndex);
    this.events.replaced(appliedIndex);
    this.pino.info({ appliedIndex }, 'the state was replaced by a snapshot of the leader');
  }

  async #openLog(signal: AbortSignal): Promise<RaftLog<Applied>> {
    const { nodeId, logDirectory: directory, snapshotsDirectory, onFatal, timing } = this.options;
    const begin = await this.beginning.find(directory, signal);
    return openRaftLog<Applied>({
      ...this.options.log,
      ...(begin && { begin }),
      ...(this.network.transport && { transport: this.network.transport }),
      ...(timing && { timing }),
      ...(snapshotsDirectory !== undefined && { snapshotsDirectory }),
      directory,
      nodeId,
      onFatal,
      observeWrite: (entries) => this.observed.writing(entries),
      onWarning: (message) => this.pino.warn(message),
    });
  }

  async #serve(log: ReplicatedLog<Applied>, barrier: ReadBarrier): Promise<void> {
    const { members } = log.status();
    const isAlone = members.length === 1;
    if (!isAlone && !this.network.transport)
      throw new WrongSetting(
        'CLUSTER_SECRET',
        'no value',
        `the secret of the cluster, because the log in DATA_DIR is of a member of one (${members.length} members)`,
      );
    const leads = (): boolean => log.status().role === 'leader';
    let leader = log.status().leaderId;
    log.onLeadership(({ leads: now, leaderId }) => {
      if (leaderId !== leader) this.observed.onLeaderChange();
      leader = leaderId;
      if (now) this.duties.wake();
    });
    if (isAlone) {
      // There is nobody to wait for: a node that serves has its first administrator.
      await barrier.confirm();
      await this.duties.start(leads, () => barrier.confirm());
    }
    this.gate.open();
    this.#confirming = setInterval(() => void this.#confirm(barrier), confirmEveryMs);
    this.#confirming.unref();
    if (!isAlone) void this.duties.start(leads, () => barrier.confirm());
  }

  /** Without a leader the state grows old, and reads that mind say so: nothing to tell. Anything else is a fault of ours. */
  async #confirm(barrier: ReadBarrier): Promise<void> {
    try {
      await barrier.confirm();
    } catch (error) {
      if (!(error instanceof LogError)) this.pino.error({ err: error }, 'the state could not be confirmed');
    }
  }

  apply(entries: readonly CommittedEntry[]): readonly Applied[] {
    const { state, log } = this.#running;
    const leads = (): boolean => log.status().role === 'leader';
    const results = this.observed.traces.applying(entries, leads, () => state.apply(entries));
    for (const applied of results) {
      this.events.publish(applied.events);
      for (const listener of this.#listeners) listener(applied);
    }
    this.applied.raise(state.appliedIndex);
    const newest = entries.at(-1);
    if (newest) this.clock.saw(newest.at);
    return results;
  }

  /** Tells of every applied entry, whatever its outcome. A listener must not throw. */
  onApplied(listener: (applied: Applied) => void): void {
    this.#listeners.push(listener);
  }

  ready(): Promise<void> {
    return this.#running.state.ready();
  }

  /** Resolves when PostgreSQL shows the index to every connection. */
  flushed(index: number): Promise<void> {
    return this.#running.state.flushed(index);
  }

  get #running() {
    if (!this.#started) throw new Error('the node has not started');
    return this.#started;
  }
}
