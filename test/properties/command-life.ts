import type { CommittedEntry, RaftLog } from '@config-guardian/raft-node';
import type { SimulatedDisk } from '@config-guardian/raft-node/testing';
import { loneMember, openRaftLog } from '@config-guardian/raft-node';
import type { DataSource } from 'typeorm';
import { Deadline } from '../../apps/server/src/common/deadline';
import type { RequestContext } from '../../apps/server/src/common/http/request-context';
import { createConfig } from '../../apps/server/src/configs/commands/create-config.command';
import { updateConfig } from '../../apps/server/src/configs/commands/update-config.command';
import { configs } from '../../apps/server/src/configs/configs.table';
import type { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { Persister } from '../../apps/server/src/consensus/persister';
import { restoreState } from '../../apps/server/src/consensus/restore-state';
import type { Applied } from '../../apps/server/src/consensus/state-machine';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { createSchema } from '../../apps/server/src/schemas/commands/create-schema.command';
import { createFirstAdmin } from '../../apps/server/src/users/commands/create-first-admin.command';
import { aFullRegistry } from '../support/every-feature';

const silent = { warn: () => undefined, error: () => undefined };
/** So few entries stay in the log beyond what the database holds, that it is cut in every life. */
const keptEntries = 5;

export const clients = ['a', 'b', 'c', 'd'] as const;

export interface Acknowledged {
  readonly index: number;
  readonly commandId: string;
  readonly key: string;
  readonly version: number;
}

/** One life of a node between two crashes: the real log over a simulated disk, state machine, service, and persister. */
export class CommandLife {
  readonly acknowledged: Acknowledged[] = [];
  /** What was applied in this life; without a database that is everything since the first entry. */
  readonly applied: Applied[] = [];
  readonly #fatal: Error[];
  readonly #service: ConsensusService;

  private constructor(
    readonly machine: StateMachine,
    readonly log: RaftLog<Applied>,
    readonly persister: Persister | undefined,
    fatal: Error[],
  ) {
    this.#fatal = fatal;
    const applied = {
      get value() {
        return machine.position.index;
      },
    };
    const node = { machine, log, applied, persister: { refusal: () => undefined } };
    this.#service = new ConsensusService(node as unknown as ConsensusNode);
  }

  static async begin(disk: SimulatedDisk, dataSource?: DataSource): Promise<CommandLife> {
    const fatal: Error[] = [];
    const onFatal = (error: Error): number => fatal.push(error);
    const limits = { segmentBytes: 32 << 10, keptEntries };
    const log = await openRaftLog<Applied>({
      directory: '/log',
      nodeId: 'node-1',
      begin: loneMember('node-1'),
      fileSystem: disk,
      onFatal,
      limits,
    });
    const registry = aFullRegistry();
    const machine = dataSource
      ? await restoreState(dataSource, registry, log.identity, log.status())
      : new StateMachine(registry);
    const onDurable = (index: number): void => log.release(index);
    const options = {
      windowLength: machine.window.length,
      syncIntervalMs: 2,
      stopTimeoutMs: 0,
      onFatal,
      onDurable,
      log: silent,
    };
    const persister = dataSource && new Persister(dataSource, registry.tables, options);
    persister?.start(machine.position);
    const life = new CommandLife(machine, log, persister, fatal);
    await log.start({
      get appliedIndex() {
        return machine.position.index;
      },
      get membership() {
        return machine.membership;
      },
      apply: (entries) => life.#apply(entries),
      ready: () => persister?.ready() ?? Promise.resolve(),
    });
    return life;
  }

  #apply(entries: readonly CommittedEntry[]): readonly Applied[] {
    const applied = entries.map((entry) => this.machine.apply(entry));
    this.applied.push(...applied);
    this.persister?.enqueue(applied, this.machine.position, this.machine.membership);
    return applied;
  }

  /** What the clients need, in the first life. */
  async prepare(): Promise<void> {
    const root = this.#context('root', 'prepare');
    const key = { apiKeyHash: 'key', apiKeyHint: 'hint' };
    const schema = {
      schemaId: 'any',
      name: 'any',
      description: null,
      content: '{}',
      draft: '2020-12',
      schemaUri: null,
    };
    await this.#service.executeAsSystem(createFirstAdmin, {
      userId: 'root',
      email: 'root@example.com',
      passwordHash: '-',
    });
    await this.#service.execute(
      createProject,
      { projectId: 'p', name: 'p', description: null, ...key },
      root('project'),
    );
    await this.#service.execute(createSchema, { ...schema, references: [], closure: [] }, root('schema'));
    for (const config of clients) {
      await this.#service.execute(createConfig, { ...this.#checked(config), content: '0' }, root(config));
    }
  }

  /** All clients write, each one command after the other, until the disk gives up. */
  async writeUntilItEnds(life: number): Promise<void> {
    await Promise.all(clients.map((key) => this.#client(key, life)));
    if (this.#fatal.length === 0) throw new Error('the clients ended, but not the log');
  }

  async #client(key: string, life: number): Promise<void> {
    for (let n = 1; ; n += 1) {
      const held = this.machine.state.of(configs).get('p', key);
      const commandId = `${life} ${key} ${n}`;
      const payload = { ...this.#checked(key), content: JSON.stringify(commandId), namesSchema: false };
      const precondition = { expectedVersion: held?.version ?? 0, ifMatch: null };
      try {
        const context = this.#context('root', '')(commandId);
        const { index, result } = await this.#service.execute(updateConfig, { ...payload, ...precondition }, context);
        this.acknowledged.push({ index, commandId, key, version: result.version });
      } catch (error) {
        // The log has failed, which is an answer without an acknowledgement. Anything else is a fault.
        if (this.#fatal.length === 0) throw error;
        return;
      }
    }
  }

  #checked = (key: string) => ({ projectId: 'p', key, schemaId: 'any', closure: [{ schemaId: 'any', version: 1 }] });

  #context =
    (actorId: string, prefix: string) =>
    (name: string): RequestContext => {
      const commandId = `${prefix}${name}`;
      const identity = { requestId: commandId, trace: null, commandId, fingerprint: commandId };
      return { ...identity, actorId, deadline: Deadline.after(60_000) } as RequestContext;
    };
}
