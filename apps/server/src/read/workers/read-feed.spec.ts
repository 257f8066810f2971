import fc from 'fast-check';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { addConfig, addSchema, aConfigMachine, noPrecondition, root } from '../../../../../test/support/config-machine';
import type { MachineWithLog } from '../../../../../test/support/state-machine';
import { ServingGate } from '../../common/serving-gate';
import { createConfig } from '../../configs/commands/create-config.command';
import { deleteConfig } from '../../configs/commands/delete-config.command';
import { updateConfig } from '../../configs/commands/update-config.command';
import { configs } from '../../configs/configs.table';
import type { ConsensusNode } from '../../consensus/consensus-node';
import { DomainEvents } from '../../consensus/domain-events';
import type { Applied } from '../../consensus/state-machine';
import { hashApiKey } from '../../projects/api-key';
import { createProject } from '../../projects/commands/create-project.command';
import { deleteProject } from '../../projects/commands/delete-project.command';
import { regenerateApiKey } from '../../projects/commands/regenerate-api-key.command';
import { apiKeys } from '../../projects/projects.table';
import { FrameReader } from './frames';
import type { FromNode } from './messages';
import { ReadFeed } from './read-feed';
import { Replica } from './replica';
import { WorkerChannel } from './worker-channel';

const keys = ['a', 'b', 'c', 'd'];
/** So long that each config is a piece of its own when a worker is filled. */
const filler = 'x'.repeat(130_000);
const minted = ['0', '1', '2'].map((n) => `cfg_${n.padStart(43, 'x')}`);

/** Takes a piece a turn, so that the node has to wait for it. */
class SlowWire extends Duplex {
  constructor(private readonly deliver: (chunk: Buffer) => void) {
    super({ writableHighWaterMark: 64 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    setImmediate(() => {
      this.deliver(chunk);
      done();
    });
  }

  override _read(): void {}
}

interface Asked {
  readonly replica: Replica;
  least: number;
}

/** A node whose log is a list, and the workers that it feeds. */
class FedWorkers {
  readonly replicas: Replica[] = [];
  readonly gate = new ServingGate();
  /** Whose question has not been sent yet, and what its answer has to reflect. */
  readonly asked = new Set<Asked>();
  /** What is still applied before a question is answered, in the same turn. */
  readonly beforeConfirmed: (() => void)[] = [];
  readonly #events = new DomainEvents();
  readonly #listeners: ((applied: Applied) => void)[] = [];
  /** What stood at each index, as text. */
  readonly #states = new Map<number, string>();
  readonly #feed: ReadFeed;
  #applied: number;

  constructor(readonly machine: MachineWithLog) {
    this.gate.open();
    this.#applied = machine.index;
    const isApplied = () => this.#applied;
    const node = {
      isStarted: true,
      machine: machine.machine,
      applied: {
        get value() {
          return isApplied();
        },
      },
      observed: { onBarrier: () => undefined },
      barrier: { wasConfirmed: true, ageMs: 0, confirm: () => Promise.resolve(this.beforeConfirmed.shift()?.()) },
      onApplied: (listener: (applied: Applied) => void) => this.#listeners.push(listener),
    };
    this.#feed = new ReadFeed(node as unknown as ConsensusNode, this.gate, this.#events);
    this.#states.set(machine.index, this.#state());
  }

  join(): void {
    const replica: Replica = new Replica((question, level) => {
      this.#feed.confirm(channel, question, level);
      for (const one of this.asked) if (one.replica === replica && this.asked.delete(one)) one.least = this.#applied;
    });
    const reader = new FrameReader((message) => replica.receive(message as FromNode));
    const wire = new SlowWire((chunk) => reader.push(chunk));
    const channel = new WorkerChannel(wire as unknown as Socket, {
      onMessage: () => undefined,
      onBehind: () => undefined,
    });
    this.#feed.add(channel);
    this.replicas.push(replica);
  }

  /** As the node applies a batch: first all of it, then the listeners. */
  apply(writes: readonly (() => Applied)[]): void {
    const batch = writes.map((write) => write());
    for (const applied of batch) for (const listener of this.#listeners) listener(applied);
    this.#applied = this.machine.index;
    this.#states.set(this.#applied, this.#state());
  }

  replace(): void {
    this.#events.replaced(this.#applied);
  }

  get applied(): number {
    return this.#applied;
  }

  check(replica: Replica): void {
    if (!replica.isServing) return;
    const told = keys.map((key) => replica.config('p1', key)?.modIndex ?? null);
    const opens = minted.map((apiKey) => replica.projectOf(apiKey) !== undefined);
    expect(JSON.stringify({ told, opens })).toBe(this.#states.get(replica.index));
  }

  close(): void {
    this.#feed.onModuleDestroy();
  }

  #state(): string {
    const { state } = this.machine;
    const told = keys.map((key) => state.of(configs).get('p1', key)?.modIndex ?? null);
    const opens = minted.map((apiKey) => state.of(apiKeys).get(hashApiKey(apiKey)) !== undefined);
    return JSON.stringify({ told, opens });
  }
}

/** Some are refused, as in life. */
function write(machine: MachineWithLog, kind: number, n: number): Applied {
  const key = keys[n % keys.length] ?? 'a';
  const at = { projectId: 'p1', key };
  const content = { content: `"${filler}${n}"`, schemaId: 's', closure: [{ schemaId: 's', version: 1 }] };
  const apiKeyHash = hashApiKey(minted[n % minted.length] ?? '');
  switch (kind) {
    case 0:
      return machine.append(createConfig, { ...at, ...content } as never, root);
    case 1:
      return machine.append(updateConfig, { ...at, ...content, ...noPrecondition, namesSchema: false } as never, root);
    case 2:
      return machine.append(deleteConfig, { ...at, ...noPrecondition }, root);
    case 3:
      return machine.append(
        regenerateApiKey,
        { projectId: 'p1', apiKeyHash, apiKeyHint: 'hint', graceMs: 0, ifMatch: null },
        root,
      );
    case 4:
      return machine.append(deleteProject, { projectId: 'p1', ifMatch: null }, root);
    default:
      return machine.append(
        createProject,
        { projectId: 'p1', name: 'p1', description: null, apiKeyHash, apiKeyHint: 'hint' },
        root,
      );
  }
}

type Batch = readonly (readonly [kind: number, n: number])[];

type Step =
  | { readonly do: 'write'; readonly batch: Batch }
  | { readonly do: 'ask'; readonly worker: number; readonly batch: Batch }
  | { readonly do: 'turn' | 'join' | 'replace' };

const batch = fc.array(fc.tuple(fc.constantFrom(0, 0, 1, 1, 2, 3, 4, 5), fc.nat(11)), { minLength: 1, maxLength: 4 });
const writing = fc.record({ do: fc.constant('write' as const), batch });
const asking = fc.record({ do: fc.constant('ask' as const), worker: fc.nat(5), batch });
const turning = fc.record({ do: fc.constantFrom('turn' as const, 'turn' as const, 'join' as const) });
const replacing = fc.record({ do: fc.constant('replace' as const) });
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: writing },
  { weight: 3, arbitrary: asking },
  { weight: 3, arbitrary: turning },
  { weight: 1, arbitrary: replacing },
);

async function play(steps: readonly Step[]): Promise<void> {
  const machine = aConfigMachine();
  addSchema(machine, 's');
  addConfig(machine, 'p1', 'a', 's');
  const workers = new FedWorkers(machine);
  workers.join();
  const answers: Promise<void>[] = [];
  const apply = (batch: Batch): void =>
    workers.apply(
      batch.map(
        ([kind, n]) =>
          () =>
            write(machine, kind, n),
      ),
    );
  const ask = (replica: Replica, batch: Batch): void => {
    const asked = { replica, least: workers.applied };
    workers.asked.add(asked);
    workers.beforeConfirmed.push(() => apply(batch));
    const confirmed = replica.confirm().then(() => {
      workers.check(replica);
      if (replica.isServing) expect(replica.index).toBeGreaterThanOrEqual(asked.least);
    });
    answers.push(confirmed);
    confirmed.catch(() => undefined);
  };
  for (const step of steps) {
    if (step.do === 'write')
      workers.apply(
        step.batch.map(
          ([kind, n]) =>
            () =>
              write(machine, kind, n),
        ),
      );
    else if (step.do === 'ask') ask(workers.replicas[step.worker % workers.replicas.length] as Replica, step.batch);
    else if (step.do === 'join') workers.join();
    else if (step.do === 'replace') workers.replace();
    else await turn();
    for (const replica of workers.replicas) workers.check(replica);
  }
  await Promise.all(answers);
  for (let n = 0; n < 500 && workers.replicas.some(({ isServing }) => !isServing); n++) await turn();
  for (const replica of workers.replicas) {
    expect(replica.isServing).toBe(true);
    await replica.confirm();
    expect(replica.index).toBe(workers.applied);
    workers.check(replica);
  }
  workers.close();
}

/** A client that has been shown a state by one worker is shown no earlier one by another. */
async function catchUp(batches: readonly Batch[]): Promise<void> {
  const machine = aConfigMachine();
  addSchema(machine, 's');
  const workers = new FedWorkers(machine);
  workers.join();
  workers.join();
  for (let n = 0; n < 100 && workers.replicas.some(({ isServing }) => !isServing); n++) await turn();
  let shown = 0;
  for (const [n, batch] of batches.entries()) {
    workers.apply(
      batch.map(
        ([kind, m]) =>
          () =>
            write(machine, kind, m),
      ),
    );
    const replica = workers.replicas[n % 2] as Replica;
    expect(replica.isBehind).toBe(true);
    await replica.catchUp();
    expect(replica.index).toBeGreaterThanOrEqual(Math.max(shown, workers.applied));
    shown = replica.index;
    workers.check(replica);
  }
  workers.close();
}

describe('the feed of read workers', () => {
  it('brings a worker up to what another has shown', async () => {
    await fc.assert(fc.asyncProperty(fc.array(batch, { maxLength: 10 }), catchUp), { numRuns: 30 });
  }, 60_000);

  it('confirms a worker behind every change before it, and shows each index as it was', async () => {
    await fc.assert(fc.asyncProperty(fc.array(aStep, { maxLength: 40 }), play), { numRuns: 100 });
  }, 60_000);

  it('confirms nobody while the node must not serve, and says so at once', async () => {
    const workers = new FedWorkers(aConfigMachine());
    workers.join();
    const [replica] = workers.replicas as [Replica];
    for (let n = 0; n < 100 && !replica.isServing; n++) await turn();
    expect(replica.isServing).toBe(true);
    workers.gate.wait('for the test');
    await expect(replica.confirm()).rejects.toThrow('could not confirm');
    for (let n = 0; n < 10 && replica.isServing; n++) await turn();
    expect(replica.isServing).toBe(false);
    workers.gate.open();
    for (let n = 0; n < 10 && !replica.isServing; n++) await turn();
    expect(replica.isServing).toBe(true);
    workers.close();
  });
});
