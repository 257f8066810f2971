import { setTimeout as wait } from 'node:timers/promises';
import type { RedisServer } from '../../support/redis-server';
import type { Chance } from '../../sim/chance';
import { Nemesis } from '../nemesis/nemesis';
import type { Fault } from '../nemesis/schedule';
import type { ClusterOfProcesses } from '../processes/cluster-of-processes';
import type { Disturbance } from './log-errors';

const everyKind = [
  'kill',
  'kill-leader',
  'restart',
  'pause',
  'database-crash',
  'database',
  'redis',
  'redis-hung',
] as const;
type Kind = (typeof everyKind)[number];

const calmMs = { from: 3_000, to: 8_000 };
const lastsMs = { from: 500, to: 4_000 };
const recoveryMs = 90_000;

/** They end a process. */
const ending: ReadonlySet<Kind> = new Set(['kill', 'restart']);

/**
 * Breaks one thing after the other, and waits each time until all is well again. The last node suffers all but the end of its
 * process, so that one lives long enough to see what it comes to hold.
 */
export class Disturber {
  readonly disturbances: Disturbance[] = [];
  readonly #nemesis: Nemesis;
  #waiting: Kind[] = [];

  constructor(
    private readonly cluster: ClusterOfProcesses,
    private readonly redis: RedisServer | undefined,
    private readonly chance: Chance,
    private readonly tell: (line: string) => void,
  ) {
    this.#nemesis = new Nemesis(cluster);
  }

  /** Ends between two disturbances. */
  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await wait(this.chance.between(calmMs.from, calmMs.to));
      if (goesOn()) await this.#disturb();
    }
  }

  async #disturb(): Promise<void> {
    const [kind, ms] = [this.#nextKind(), this.chance.between(lastsMs.from, lastsMs.to)];
    const { length } = this.cluster.nodes;
    const place = this.chance.below(ending.has(kind) ? length - 1 : length);
    if (kind === 'kill-leader') await this.#spare(this.chance.below(length - 1));
    const from = Date.now();
    const victim = await this.#strike(kind, place, ms);
    await this.#untilWell();
    this.disturbances.push({ fault: kind, from, to: Date.now() });
    this.tell(`${kind} ${victim} for ${ms} ms; all was well again after ${Date.now() - from} ms`);
  }

  async #spare(next: number): Promise<void> {
    if ((await this.cluster.leader()) === this.cluster.nodes.at(-1))
      await this.#nemesis.run([{ atMs: 0, fault: 'transfer', victims: [next], lastsMs: 0 }]);
  }

  /** Every kind comes up before any comes twice. */
  #nextKind(): Kind {
    const possible = everyKind.filter((kind) => this.redis !== undefined || !kind.startsWith('redis'));
    if (this.#waiting.length === 0) this.#waiting = this.chance.shuffled(possible);
    return this.#waiting.pop() ?? 'kill';
  }

  async #strike(kind: Kind, place: number, ms: number): Promise<string> {
    const node = this.cluster.nodes[place];
    if (node === undefined) throw new Error(`there is no node ${place}`);
    switch (kind) {
      case 'restart':
        await node.stop();
        await wait(ms);
        await node.spawn();
        return node.id;
      case 'redis':
        await this.redis?.kill();
        await wait(ms);
        await this.redis?.start();
        return '';
      case 'redis-hung':
        this.redis?.pause();
        await wait(ms);
        this.redis?.resume();
        return '';
      default:
        return this.#byNemesis(kind, place, ms);
    }
  }

  async #byNemesis(fault: Fault, place: number, ms: number): Promise<string> {
    const leader = await this.cluster.leader();
    await this.#nemesis.run([{ atMs: 0, fault, victims: [place], lastsMs: ms }]);
    return fault === 'kill-leader' ? leader.id : (this.cluster.nodes[place]?.id ?? '');
  }

  async #untilWell(): Promise<void> {
    await Promise.all(this.cluster.nodes.map((node) => node.untilReady(recoveryMs)));
    await this.cluster.caughtUp(this.cluster.nodes);
  }
}
