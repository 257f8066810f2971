import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, isAmbiguous, isRetryable, replyText } from '../clients/request';
import type { ClusterNode } from '../processes/cluster-node';
import type { ClusterOfProcesses } from '../processes/cluster-of-processes';
import type { Fault, Strike } from './schedule';

/** How long to wait for a moment at which what needs a leader can be done. */
const patienceMs = 10_000;
/** A learner that nobody promoted again would make the cluster smaller for good. */
const longMs = 60_000;

/** Does to a cluster what a schedule says. Afterwards `cluster.heal()` undoes what is left. */
export class Nemesis {
  /** Strikes that were carried out, by kind. A fault that needs a leader may find none. */
  readonly struck = new Map<Fault, number>();
  /** Requests of its own that were answered in a way nobody expects. */
  readonly faults: string[] = [];
  #joined = 0;
  /** Starting and ending of one process never overlap. */
  readonly #lifecycles = new Map<ClusterNode, Promise<void>>();

  constructor(private readonly cluster: ClusterOfProcesses) {}

  async run(strikes: readonly Strike[]): Promise<void> {
    const began = performance.now();
    const under: Promise<void>[] = [];
    for (const strike of strikes) {
      await wait(Math.max(0, strike.atMs - (performance.now() - began)));
      under.push(this.#carryOut(strike));
    }
    await Promise.all(under);
  }

  /** A strike of each kind that was not carried out once. */
  missed(strikes: readonly Strike[]): readonly Strike[] {
    const first = new Map(strikes.toReversed().map((strike) => [strike.fault, strike]));
    return [...first.values()].filter(({ fault }) => !this.struck.has(fault));
  }

  async #carryOut(strike: Strike): Promise<void> {
    const isDone = await this.#strike(strike);
    if (isDone) this.struck.set(strike.fault, (this.struck.get(strike.fault) ?? 0) + 1);
  }

  async #strike({ fault, victims, lastsMs }: Strike): Promise<boolean> {
    const nodes = victims.map((place) => this.cluster.nodes[place]).filter((node) => node !== undefined);
    switch (fault) {
      case 'kill':
      case 'restart-all':
        return this.#outage(nodes, lastsMs);
      case 'kill-leader': {
        const leader = await this.#patiently(() => this.cluster.leaderNow());
        return leader !== undefined && this.#outage([leader], lastsMs);
      }
      case 'pause':
        for (const node of nodes) node.pause();
        await wait(lastsMs);
        for (const node of nodes) node.resume();
        return true;
      case 'cut':
        this.cluster.links.partition(nodes.map(({ id }) => id));
        return this.#healLater(lastsMs);
      case 'cut-one-way': {
        const [from, to] = nodes;
        if (from === undefined || to === undefined) return false;
        this.cluster.links.cutOneWay(from.id, to.id);
        return this.#healLater(lastsMs);
      }
      case 'transfer':
        return this.#asks(nodes[0], ({ id }) => ['POST', '/v1/cluster/leader/transfer', { to: id }]);
      case 'membership':
        if (!(await this.#asks(nodes[0], ({ id }) => ['POST', `/v1/cluster/members/${id}/demote`]))) return false;
        await wait(lastsMs);
        return this.#asks(nodes[0], ({ id }) => ['POST', `/v1/cluster/members/${id}/promote`], longMs);
      case 'replace':
        return this.#replace(nodes[0]);
      case 'database':
        for (const node of nodes) if (node.isRunning) await node.endDatabaseSessions().catch(() => undefined);
        return true;
      case 'database-crash':
        await Promise.all(nodes.map((node) => node.crashDatabase(lastsMs).catch(() => undefined)));
        return true;
    }
  }

  async #outage(nodes: readonly ClusterNode[], lastsMs: number): Promise<boolean> {
    await Promise.all(nodes.map((node) => this.#inTurn(node, () => node.kill())));
    await wait(lastsMs);
    await Promise.all(nodes.map((node) => this.#inTurn(node, () => this.#revive(node))));
    return true;
  }

  /** One that was replaced meanwhile is gone for good. */
  async #revive(node: ClusterNode): Promise<void> {
    if (!node.isRunning && this.cluster.nodes.includes(node)) await node.spawn();
  }

  /** Another machine takes the place of this one: a node joins, becomes a voter, and the old one is removed. */
  async #replace(old: ClusterNode | undefined): Promise<boolean> {
    if (old === undefined) return false;
    const seeds = this.cluster.nodes.map(({ raftAddress }) => raftAddress).join();
    const fresh = await this.cluster.add(`fresh-${++this.#joined}`, { CLUSTER_JOIN: seeds });
    await this.#inTurn(fresh, () => this.#revive(fresh));
    if (!(await this.#patiently(() => this.#votes(fresh), longMs))) return false;
    if (!(await this.#asks(old, ({ id }) => ['DELETE', `/v1/cluster/members/${id}`], longMs))) return false;
    await this.#inTurn(old, () => this.cluster.retire(old));
    return true;
  }

  async #votes({ id }: ClusterNode): Promise<true | undefined> {
    const statuses = await this.cluster.statuses();
    const isVoter = statuses.some(({ role, members }) => {
      const member = members.find((one) => one.id === id);
      return role === 'leader' && member?.role === 'voter';
    });
    return isVoter || undefined;
  }

  #inTurn(node: ClusterNode, work: () => Promise<void>): Promise<void> {
    const turn = (this.#lifecycles.get(node) ?? Promise.resolve()).then(work);
    this.#lifecycles.set(node, turn);
    return turn;
  }

  async #healLater(lastsMs: number): Promise<boolean> {
    await wait(lastsMs);
    this.cluster.links.healAll();
    return true;
  }

  /** Whether it was done; that no node can do it while other faults last is no fault of theirs. */
  async #asks(
    node: ClusterNode | undefined,
    what: (node: ClusterNode) => readonly [method: string, path: string, body?: unknown],
    withinMs = patienceMs,
  ): Promise<boolean> {
    if (node === undefined) return false;
    const [method, path, body] = what(node);
    const headers = { 'idempotency-key': randomUUID() };
    const attempt = async (): Promise<boolean | undefined> => {
      for (const { url } of this.cluster.running) {
        const reply = await this.cluster.admin.send(url, method, path, { body, headers });
        if (reply.type === 'answer' && reply.status < 300) return true;
        if (isRetryable(reply) || isAmbiguous(reply) || (reply.type === 'answer' && reply.status === 409)) continue;
        // Another fault has its vote just now, or has put another node in its place.
        if (reply.type === 'answer' && codeOf(reply) === 'member-not-found') return false;
        this.faults.push(`${method} ${path}: ${replyText(reply)}`);
        return false;
      }
      return undefined;
    };
    return (await this.#patiently(attempt, withinMs)) ?? false;
  }

  async #patiently<T>(look: () => Promise<T | undefined>, withinMs = patienceMs): Promise<T | undefined> {
    for (const deadline = performance.now() + withinMs; performance.now() < deadline; await wait(100)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
