import type { CommittedEntry, LogConsumer, ReplicatedLog } from '@config-guardian/raft-node';
import { loneMember, openRaftLog } from '@config-guardian/raft-node';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Watermark } from '../common/watermark';
import { NodeDatabase } from '../database/node-database';
import { CommandRegistry } from './command.registry';
import { CONSENSUS_OPTIONS } from './consensus.options';
import type { ConsensusOptions } from './consensus.options';
import { DomainEvents } from './domain-events';
import { LeaderDuties } from './leader-duties';
import { Persister } from './persister';
import { RaftMetaEntity } from './raft-meta.entity';
import { ReadBarrier } from './read-barrier';
import { restoreState } from './restore-state';
import type { Applied, StateMachine } from './state-machine';

/** A local read is served from a state confirmed no longer ago than this, as long as the cluster is well. */
const confirmEveryMs = 100;

/** Ties log, state machine and persister together; owns their order at start and at the end. */
@Injectable()
export class ConsensusNode implements LogConsumer<Applied>, OnApplicationBootstrap, OnModuleDestroy {
  readonly applied = new Watermark();
  readonly #listeners: ((applied: Applied) => void)[] = [];
  #started:
    { log: ReplicatedLog<Applied>; machine: StateMachine; persister: Persister; barrier: ReadBarrier } | undefined;
  #confirming: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONSENSUS_OPTIONS) private readonly options: ConsensusOptions,
    private readonly registry: CommandRegistry,
    private readonly database: NodeDatabase,
    private readonly events: DomainEvents,
    private readonly duties: LeaderDuties,
    private readonly pino: PinoLogger,
  ) {}

  get log(): ReplicatedLog<Applied> {
    return this.#running.log;
  }

  get machine(): StateMachine {
    return this.#running.machine;
  }

  get barrier(): ReadBarrier {
    return this.#running.barrier;
  }

  get persister(): Persister {
    return this.#running.persister;
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

  async onApplicationBootstrap(): Promise<void> {
    const dataSource = await this.database.start([
      ...this.registry.tables.map((table) => table.entity),
      RaftMetaEntity,
    ]);
    const { nodeId, logDirectory: directory, onFatal } = this.options;
    const log = await openRaftLog<Applied>({
      ...this.options.log,
      directory,
      nodeId,
      begin: loneMember(nodeId),
      onFatal,
      onWarning: (message) => this.pino.warn(message),
    });
    const machine = await restoreState(dataSource, this.registry, log.identity, log.status());
    const persister = new Persister(dataSource, this.registry.tables, {
      windowLength: machine.window.length,
      onFatal,
      onDurable: (index) => log.release(index),
      log: this.pino,
    });
    persister.start(machine.position);
    const barrier = new ReadBarrier(log, this.applied);
    this.#started = { log, machine, persister, barrier };
    this.applied.raise(machine.position.index);
    await log.start(this);
    await barrier.confirm();
    this.#confirming = setInterval(() => void barrier.confirm().catch(() => undefined), confirmEveryMs);
    this.#confirming.unref();
    await this.duties.start(() => log.status().role === 'leader');
    this.pino.info({ appliedIndex: this.applied.value, nodeId }, 'the node has caught up with its log');
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#confirming);
    await this.duties.stop();
    await this.#started?.log.stop();
    await this.#started?.persister.stop();
    await this.database.stop();
  }

  apply(entries: readonly CommittedEntry[]): readonly Applied[] {
    const { machine, persister } = this.#running;
    const results = entries.map((entry) => machine.apply(entry));
    persister.enqueue(results, machine.position, machine.membership);
    for (const applied of results) {
      this.events.publish(applied.events);
      for (const listener of this.#listeners) listener(applied);
    }
    this.applied.raise(machine.position.index);
    return results;
  }

  /** Tells of every applied entry, whatever its outcome. A listener must not throw. */
  onApplied(listener: (applied: Applied) => void): void {
    this.#listeners.push(listener);
  }

  ready(): Promise<void> {
    return this.persister.ready();
  }

  /** Resolves when PostgreSQL shows the index to every connection. */
  flushed(index: number): Promise<void> {
    return this.persister.flushed(index);
  }

  get #running() {
    if (!this.#started) throw new Error('the node has not started');
    return this.#started;
  }
}
