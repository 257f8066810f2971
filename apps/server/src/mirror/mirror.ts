import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { setImmediate as turn } from 'node:timers/promises';
import { reject } from '../common/rejected';
import { ServingGate } from '../common/serving-gate';
import { configs } from '../configs/configs.table';
import { ConsensusNode } from '../consensus/consensus-node';
import { DomainEvents } from '../consensus/domain-events';
import { projects } from '../projects/projects.table';
import { RedisConnections } from '../redis/redis-connections';
import { changedSince, mirrorChanges, pieces } from './mirror-contents';
import type { MirrorChange } from './mirror-store';
import { MirrorStore } from './mirror-store';

const tickMs = 500;
/** How often a mirror in which nothing changes is asked whether it is still there. */
const lookEveryMs = 5_000;
/** More than that, and reading it anew from the state is cheaper than keeping it. */
const mostPending = 10_000;

/**
 * Copies the configs to Redis, from the leader alone: each change once. Who leads next goes on where the mirror stands;
 * fences by log index in Redis make it harmless when two believe that they lead. Whatever goes wrong ends in the same
 * cure: ask the mirror up to where it is whole, and write what changed since.
 */
@Injectable()
export class Mirror implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #store: MirrorStore | undefined;
  /** Of each config the last change that is not written yet. */
  #pending = new Map<string, MirrorChange>();
  /** Behind, it takes no note of changes; copying, it does, and reads the rest from the state. */
  #stage: 'behind' | 'copying' | 'current' = 'behind';
  #isRebuildWanted = false;
  #generation = '';
  #index = 0;
  #wholeAt = performance.now();
  #lookedAt = 0;
  #written = 0;
  #rebuilds = 0;
  #foreign: string | null = null;
  #round: Promise<void> | undefined;
  #ticks: NodeJS.Timeout | undefined;
  #isTurnAhead = false;
  #isStopped = false;

  constructor(
    private readonly node: ConsensusNode,
    private readonly gate: ServingGate,
    events: DomainEvents,
    connections: RedisConnections,
    private readonly log: PinoLogger,
  ) {
    const { mirror } = connections;
    if (!mirror) return;
    this.#store = new MirrorStore(mirror);
    const begin = (): void => this.#fallBehind();
    mirror.onReady(begin);
    events.onReplaced(begin);
    node.onApplied((applied) => {
      if (this.#stage === 'behind' || !this.#leads) return;
      for (const change of mirrorChanges(applied)) this.#pending.set(`${change.projectId} ${change.key}`, change);
      if (this.#pending.size > mostPending) this.#fallBehind();
      else if (this.#pending.size > 0) this.#workSoon();
    });
  }

  /** What this node knows of the mirror; only the leader knows how far it is. */
  get standing() {
    const isWriting = this.#store !== undefined && this.#leads;
    const isCurrent = this.#stage === 'current';
    return {
      isOn: this.#store !== undefined,
      isWriting,
      index: isWriting && isCurrent ? this.#index : null,
      pendingChanges: this.#pending.size,
      behindMs:
        isWriting && !(isCurrent && this.#pending.size === 0) ? Math.round(performance.now() - this.#wholeAt) : 0,
      writtenChanges: this.#written,
      rebuilds: this.#rebuilds,
      foreignClusterId: this.#foreign,
    };
  }

  /** Writes all anew, whatever Redis holds, in a generation that shuts out what is still under way to the old one. */
  rebuild(): void {
    if (!this.#store) reject('mirror-off');
    this.#isRebuildWanted = true;
    this.#workSoon();
  }

  onApplicationBootstrap(): void {
    if (this.#store) this.#ticks = setInterval(() => void this.#work(), tickMs).unref();
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearInterval(this.#ticks);
  }

  get #leads(): boolean {
    return this.node.isStarted && this.node.log.status().role === 'leader';
  }

  #fallBehind(): void {
    this.#forget();
    this.#workSoon();
  }

  /** Nothing has gone amiss since the changes of this round were read. */
  readonly #isHeard = (): boolean => this.#stage !== 'behind';

  #forget(): void {
    [this.#stage, this.#pending] = ['behind', new Map()];
  }

  #workSoon(): void {
    if (this.#isTurnAhead) return;
    this.#isTurnAhead = true;
    setImmediate(() => {
      this.#isTurnAhead = false;
      void this.#work();
    });
  }

  #work(): Promise<void> {
    this.#round ??= this.#tryWork().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #tryWork(): Promise<void> {
    if (!this.#store || this.#isStopped || !this.node.isStarted || this.gate.reason !== null) return;
    if (!this.#leads && !this.#isRebuildWanted) {
      this.#forget();
      this.#wholeAt = performance.now();
      return;
    }
    try {
      if (this.#stage !== 'current' || this.#isRebuildWanted) await this.#catchUp(this.#store);
      while (this.#pending.size > 0 && this.#stage === 'current') await this.#flush(this.#store);
      if (this.#stage === 'current') await this.#look(this.#store);
    } catch (error) {
      // Redis is away, which is told elsewhere, or it is not as it was: the next round begins with asking it.
      this.log.debug({ err: error }, 'the mirror could not be written');
      this.#forget();
    }
  }

  async #catchUp(store: MirrorStore): Promise<void> {
    await this.node.barrier.confirm();
    const { clusterId } = this.node.log.status();
    let standing = await store.claim(clusterId, this.#isRebuildWanted);
    const isForeign = standing.clusterId !== clusterId;
    if (isForeign && this.#foreign === null)
      this.log.warn({ clusterId: standing.clusterId }, 'Redis holds the mirror of another cluster: nothing is written');
    this.#foreign = isForeign ? standing.clusterId : null;
    if (isForeign) return;
    // No mirror of this history can be ahead of what is committed.
    const isRebuild = this.#isRebuildWanted || standing.index > this.node.applied.value;
    if (isRebuild && !this.#isRebuildWanted) standing = await store.claim(clusterId, true);
    this.#generation = standing.generation;
    // From here on changes are kept, so that none falls between them and what is read from the state.
    [this.#stage, this.#pending] = ['copying', new Map()];
    const index = this.node.applied.value;
    const since = isRebuild ? -1 : standing.index;
    for (const piece of changedSince(() => this.node.machine.state, since)) {
      this.#written += await store.write(this.#generation, piece, isRebuild);
      await turn();
    }
    await this.#dropDeleted(store, index, isRebuild);
    await store.advance(this.#generation, index, this.#isHeard);
    [this.#stage, this.#index] = ['current', Math.max(index, standing.index)];
    if (!isRebuild) return;
    [this.#isRebuildWanted, this.#rebuilds] = [false, this.#rebuilds + 1];
    this.log.info({ index, generation: this.#generation }, 'the mirror was rebuilt');
  }

  /** What a deleted project leaves no trace of in the state; in a rebuild also what was never in this history. */
  async #dropDeleted(store: MirrorStore, index: number, isRebuild: boolean): Promise<void> {
    for (const projectId of await store.projects()) {
      const isGone = this.node.machine.state.of(projects).get(projectId) === undefined;
      if (!isGone && !isRebuild) continue;
      const keys = (await store.keysOf(projectId)).filter(
        (key) => isGone || this.node.machine.state.of(configs).get(projectId, key) === undefined,
      );
      const gone = keys.map((key) => ({ projectId, key, index }));
      for (const piece of pieces(gone)) this.#written += await store.write(this.#generation, piece, isRebuild);
      if (isGone) await store.forget(projectId);
    }
  }

  async #flush(store: MirrorStore): Promise<void> {
    const changes = [...this.#pending.values()];
    const index = this.node.applied.value;
    this.#pending = new Map();
    for (const piece of pieces(changes)) this.#written += await store.write(this.#generation, piece);
    await store.advance(this.#generation, index, this.#isHeard);
    this.#index = index;
  }

  /** Nothing is pending: it is whole up to what is applied, if it is still there. */
  async #look(store: MirrorStore): Promise<void> {
    const now = performance.now();
    const index = this.node.applied.value;
    if (now - this.#lookedAt > lookEveryMs) {
      await store.advance(this.#generation, index, this.#isHeard);
      this.#lookedAt = now;
    }
    if (this.#pending.size > 0) return;
    this.#index = index;
    this.#wholeAt = now;
  }
}
