import type { Chance } from '../../sim/chance';
import { checkHistory } from '../checker/check-history';
import { checkLocalReads } from '../checker/local-reads';
import { isUnknown } from '../checker/operation';
import type { Administrator } from './administrator';
import type { ConfigPlace, Target } from './config-client';
import { ConfigClient } from './config-client';
import { HistoryRecorder } from './history-recorder';

export interface WorkloadReport {
  readonly writes: number;
  readonly reads: number;
  readonly localReads: number;
  /** Of them, those of a client that asked another node for what it had just written. */
  readonly ownWritesRead: number;
  readonly unknown: number;
  readonly refused: number;
  /** Everything that is wrong: stories, broken promises of local reads, answers that the contract does not know. */
  readonly failures: readonly string[];
}

/** A project of its own with a handful of configs to be fought over. */
export async function aPlace(admin: Administrator, name: string, keys: readonly string[]): Promise<ConfigPlace> {
  const project = await admin.do('POST', '/v1/projects', { name });
  const schema = await admin.do('POST', '/v1/schemas', { name: `schema of ${name}`, content: { type: 'object' } });
  return {
    projectId: String(project['id']),
    apiKey: String(project['apiKey']),
    schemaId: String(schema['id']),
    keys,
  };
}

/** Clients who work at once until they are stopped, and what they saw. */
export class Workload {
  readonly recorder = new HistoryRecorder();
  readonly #clients: readonly ConfigClient[];
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    place: ConfigPlace,
    targets: () => readonly Target[],
    admin: Administrator,
    chance: Chance,
    clients: number,
  ) {
    this.#clients = Array.from(
      { length: clients },
      (_, n) => new ConfigClient(`client-${n + 1}`, place, targets, admin, this.recorder, chance.fork()),
    );
  }

  start(): void {
    this.#running = Promise.all(this.#clients.map((client) => client.run()));
  }

  /** So far, without what is still under way. */
  get counts(): Pick<WorkloadReport, 'writes' | 'reads'> {
    const { operations } = this.recorder;
    return {
      writes: operations.filter(({ outcome }) => outcome.type === 'done').length,
      reads: operations.filter(({ action, outcome }) => action.type === 'read' && outcome.type !== 'unknown').length,
    };
  }

  async stop(): Promise<WorkloadReport> {
    for (const client of this.#clients) client.stop();
    await this.#running;
    return this.#report();
  }

  #report(): WorkloadReport {
    const { operations, localReads, changes } = this.recorder;
    const answered = operations.filter((operation) => !isUnknown(operation));
    const { writes, reads } = this.counts;
    return {
      writes,
      reads,
      localReads: localReads.length,
      ownWritesRead: localReads.filter(({ isOfOwnWrite }) => isOfOwnWrite).length,
      unknown: operations.length - answered.length,
      refused: answered.length - writes - reads,
      failures: [
        ...this.#clients.flatMap(({ faults }) => faults),
        ...checkHistory(operations).failures,
        ...checkLocalReads(localReads, changes, operations),
      ],
    };
  }
}
