import type { CommittedEntry, LogConsumer, ReplicatedLog, StateSnapshots } from '@config-guardian/raft-node';
import type { DataSource } from 'typeorm';
import type { CommandRegistry } from './command.registry';
import type { HashNotes } from './hash-notes';
import type { NodeObservation } from './node-observation';
import { Persister } from './persister';
import type { PersisterOptions } from './persister-options';
import { restoreState } from './restore-state';
import type { Installed } from './snapshots/install-snapshot';
import { NodeSnapshots } from './snapshots/node-snapshots';
import type { Applied, StateMachine } from './state-machine';

export interface NodeStateOptions extends Pick<PersisterOptions, 'onFatal' | 'log'> {
  readonly windowLength?: number;
  readonly hashNotes: HashNotes;
  readonly observed?: NodeObservation;
  /** A snapshot of the leader has taken the place of the state, and of what the database held. */
  readonly onReplaced: (appliedIndex: number) => void;
  readonly persister?: Partial<PersisterOptions>;
}

type Log = Pick<ReplicatedLog<Applied>, 'release' | 'status'> & {
  readonly identity: Parameters<typeof restoreState>[2];
};

/** The state of this node in memory and its copy in the database, kept in step: restored, moved and replaced together. */
export class NodeState implements LogConsumer<Applied> {
  readonly snapshots: StateSnapshots;
  #machine: StateMachine;
  #persister: Persister;
  /** A snapshot takes the place of the state: until then nothing is written to the database. */
  #replacing: Promise<void> | undefined;

  private constructor(
    private readonly dataSource: DataSource,
    machine: StateMachine,
    private readonly log: Pick<Log, 'release'>,
    private readonly options: NodeStateOptions,
  ) {
    this.#machine = machine;
    this.#persister = this.#persist(machine);
    options.hashNotes.forget();
    const replace = (install: () => Promise<Installed>): Promise<void> => this.#replace(install);
    this.snapshots = new NodeSnapshots(dataSource, machine.registry, machine.window.length, replace, options.observed);
  }

  /** As the database holds it. Rejects with a DatabaseError when database and log do not belong together. */
  static async restore(
    dataSource: DataSource,
    registry: CommandRegistry,
    log: Log,
    options: NodeStateOptions,
  ): Promise<NodeState> {
    const { windowLength } = options;
    const window = windowLength === undefined ? {} : { windowLength };
    const machine = await restoreState(dataSource, registry, log.identity, log.status(), window);
    return new NodeState(dataSource, machine, log, options);
  }

  get machine(): StateMachine {
    return this.#machine;
  }

  get persister(): Persister {
    return this.#persister;
  }

  get appliedIndex(): number {
    return this.#machine.position.index;
  }

  get membership(): string {
    return this.#machine.membership;
  }

  apply(entries: readonly CommittedEntry[]): readonly Applied[] {
    const machine = this.#machine;
    const results = entries.map((entry) => {
      const applied = machine.apply(entry);
      this.options.hashNotes.applied(entry.index, () => machine.hash);
      return applied;
    });
    this.#persister.enqueue(results, machine.position, machine.membership);
    return results;
  }

  ready(): Promise<void> {
    return this.#persister.ready();
  }

  /** Resolves when PostgreSQL shows the index to every connection. */
  async flushed(index: number): Promise<void> {
    try {
      await this.#replacing;
      await this.#persister.flushed(index);
    } catch (error) {
      if (!this.#replacing) throw error;
      await this.#replacing;
      await this.#persister.flushed(index);
    }
  }

  #persist(machine: StateMachine): Persister {
    const { onFatal, log } = this.options;
    const persister = new Persister(this.dataSource, machine.registry.tables, {
      ...this.options.persister,
      windowLength: machine.window.length,
      onFatal,
      onBatch: (batch) => this.options.observed?.written(batch),
      onDurable: (index) => this.log.release(index),
      log,
    });
    persister.start(machine.position);
    return persister;
  }

  /** Called by the log between two applied entries, which come on top of the new state. */
  async #replace(install: () => Promise<Installed>): Promise<void> {
    this.#replacing = (async () => {
      await this.#persister.stop();
      const { machine } = await install();
      this.#machine = machine;
      this.#persister = this.#persist(machine);
      this.options.hashNotes.forget();
      this.options.onReplaced(machine.position.index);
    })();
    try {
      await this.#replacing;
    } finally {
      this.#replacing = undefined;
    }
  }
}
