import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Rejected, reject } from '../../common/rejected';
import { ServingGate } from '../../common/serving-gate';
import type { ConfigEntity } from '../../configs/config.entity';
import { configCreated, configDeleted, configRolledBack, configUpdated } from '../../configs/config.events';
import { ConsensusService } from '../../consensus/consensus.service';
import { DomainEvents } from '../../consensus/domain-events';
import { apiKeyRegenerated, apiKeysExpired, projectDeleted } from '../../projects/project.events';
import { apiKeys } from '../../projects/projects.table';

/** With which key somebody watches. The key itself is not kept. */
export interface WatchCredential {
  readonly projectId: string;
  readonly apiKeyHash: string;
}

export type WatcherKind = 'stream' | 'poll';

/** Somebody who waits for changes of a project. Nothing here may throw. */
export interface Watcher {
  readonly kind: WatcherKind;
  readonly credential: WatchCredential;
  /** Something may have happened in the project; it may well be something else. */
  wake(): unknown;
  /** It is time for a sign of life. */
  beat(): void;
  /** It can go on no longer, here. */
  end(why: Rejected): void;
}

const most = 10_000;
/** Turns of the event loop that go by first: in them the writer gets its answer, and the other nodes learn of the commit. */
const turnsFirst = 4;
/** One turn wakes so many, so that others are served in between. */
const wokenPerTurn = 50;
const tickMs = 1_000;
const beatEveryTicks = 10;

/** All who wait on this node, woken by what the log does to their project. */
@Injectable()
export class Watchers implements OnModuleDestroy {
  readonly counts: Record<WatcherKind, number> = { stream: 0, poll: 0 };
  #cutOffs = 0;
  readonly #ofProject = new Map<string, Set<Watcher>>();
  /** Each beats in its own tick of the round, so that no tick has all of them. */
  readonly #beats = Array.from({ length: beatEveryTicks }, () => new Set<Watcher>());
  readonly #awake = new Set<Watcher>();
  #isTurnAhead = false;
  #tick: NodeJS.Timeout | undefined;
  #round = 0;
  #isStopped = false;

  constructor(
    private readonly consensus: ConsensusService,
    private readonly gate: ServingGate,
    events: DomainEvents,
  ) {
    const wake = (projectId: string): void => this.#wake(this.#ofProject.get(projectId));
    const changed = ({ payload: { config } }: { readonly payload: { readonly config: ConfigEntity } }): void =>
      wake(config.projectId);
    events.on(configCreated, changed);
    events.on(configUpdated, changed);
    events.on(configRolledBack, changed);
    events.on(configDeleted, changed);
    events.on(apiKeyRegenerated, ({ payload }) => wake(payload.project.id));
    events.on(apiKeysExpired, ({ payload }) => wake(payload.projectId));
    events.on(projectDeleted, ({ payload }) => wake(payload.projectId));
    events.onReplaced(() => this.#ofProject.forEach((watchers) => this.#wake(watchers)));
  }

  /** Streams that were ended because their clients did not read. */
  get cutOffs(): number {
    return this.#cutOffs;
  }

  cutOff(): void {
    this.#cutOffs += 1;
  }

  /** Rejects `overloaded` when there are too many, and `not-ready` when the node stops. The answer takes it off again. */
  add(watcher: Watcher): () => void {
    if (this.#isStopped) throw isStopping();
    if (this.counts.stream + this.counts.poll >= most) {
      const detail = `${most} clients watch on this node already. Try another node.`;
      reject('overloaded', { detail, retryAfterSeconds: 5 });
    }
    const { kind, credential } = watcher;
    const ofProject = this.#ofProject.get(credential.projectId) ?? new Set();
    this.#ofProject.set(credential.projectId, ofProject.add(watcher));
    const beats = this.#beats[this.counts[kind]++ % beatEveryTicks];
    beats?.add(watcher);
    this.#tick ??= setInterval(() => this.#onTick(), tickMs).unref();
    return () => {
      if (!ofProject.delete(watcher)) return;
      if (ofProject.size === 0) this.#ofProject.delete(credential.projectId);
      beats?.delete(watcher);
      this.#awake.delete(watcher);
      this.counts[kind] -= 1;
    };
  }

  /** Why nothing more may be told to whoever came with this credential; undefined when all is well. */
  refusal({ projectId, apiKeyHash }: WatchCredential): Rejected | undefined {
    if (this.gate.reason !== null) return new Rejected('not-ready', { detail: this.gate.reason, retryAfterSeconds: 1 });
    const isGood = this.consensus.state.of(apiKeys).get(apiKeyHash)?.projectId === projectId;
    return isGood ? undefined : new Rejected('invalid-api-key');
  }

  /** The node stops: they go elsewhere, and nobody new is taken. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#tick);
    this.#endAll(isStopping());
  }

  onModuleDestroy(): void {
    this.stop();
  }

  #wake(watchers: Iterable<Watcher> = []): void {
    for (const watcher of watchers) this.#awake.add(watcher);
    this.#scheduleTurn(turnsFirst);
  }

  /** Never from within an apply: by then the state and the ring stand at the same index again. */
  #scheduleTurn(after: number): void {
    if (this.#isTurnAhead || this.#awake.size === 0) return;
    this.#isTurnAhead = true;
    setImmediate(() => {
      this.#isTurnAhead = false;
      if (after > 0) this.#scheduleTurn(after - 1);
      else this.#turn();
    });
  }

  #turn(): void {
    let woken = 0;
    for (const watcher of this.#awake) {
      if (woken++ === wokenPerTurn) break;
      this.#awake.delete(watcher);
      const why = this.refusal(watcher.credential);
      if (why) watcher.end(why);
      else watcher.wake();
    }
    this.#scheduleTurn(0);
  }

  #onTick(): void {
    const { reason } = this.gate;
    if (reason !== null) return this.#endAll(new Rejected('not-ready', { detail: reason, retryAfterSeconds: 1 }));
    for (const watcher of this.#beats[this.#round++ % beatEveryTicks] ?? []) {
      const why = this.refusal(watcher.credential);
      if (why) watcher.end(why);
      else watcher.beat();
    }
  }

  #endAll(why: Rejected): void {
    for (const watchers of [...this.#ofProject.values()]) for (const watcher of [...watchers]) watcher.end(why);
  }
}

const isStopping = (): Rejected => new Rejected('not-ready', { detail: 'The node is stopping.', retryAfterSeconds: 1 });
