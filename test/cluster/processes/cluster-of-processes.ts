import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fastDirectory } from '../../support/postgres-directory';
import { Administrator, adminEmail, adminPassword } from '../clients/administrator';
import { Links } from '../links/links';
import { ClusterNode } from './cluster-node';
import type { Databases } from './cluster-node';
import type { ClusterStatus } from './cluster-status';
import { agreedLeader, difference, statusIn } from './cluster-status';
import { Reaper } from './reaper';
import { stablePort } from './stable-port';

export interface ClusterOptions {
  readonly size: number;
  /** `shared` is the default. */
  readonly databases?: Databases;
  /** For every node; a node's own come after them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** For one node, made once. */
  readonly variablesOf?: (nodeId: string) => Readonly<Record<string, string>>;
  /** Whether the API of each node has a certificate, which its variables give it. */
  readonly isSecure?: boolean;
  /** The main.js of another build, by node id. */
  readonly entryOf?: (nodeId: string) => string | undefined;
}

export const clusterSecret = 'a secret of the tests; long enough for all of them';

const defaults = {
  CLUSTER_SECRET: clusterSecret,
  ADMIN_EMAIL: adminEmail,
  ADMIN_PASSWORD: adminPassword,
  ACCESS_TOKEN_TTL: '1d',
  LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'warn',
};
const waitMs = 60_000;

/** Real server processes, each with its data and its database, on a network whose every link can be cut. */
export class ClusterOfProcesses {
  readonly admin = new Administrator(() => this.running.map(({ url }) => url));
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #formed: string[] = [];
  /** Where those that are gone were reached: the others were told once. */
  readonly #retired = new Map<string, string>();

  private constructor(
    readonly directory: string,
    readonly links: Links,
    private readonly reaper: Reaper,
    private readonly options: ClusterOptions,
  ) {}

  /** The nodes `node-1` ... `node-<size>`, none of them started. */
  static async create(options: ClusterOptions): Promise<ClusterOfProcesses> {
    const directory = mkdtempSync(join(fastDirectory(), 'config-guardian-cluster-'));
    const reaper = new Reaper();
    reaper.own(directory);
    const cluster = new ClusterOfProcesses(directory, new Links(directory), reaper, options);
    for (let n = 1; n <= options.size; n += 1) cluster.#formed.push((await cluster.add(`node-${n}`)).id);
    return cluster;
  }

  get nodes(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  /** Those whose process runs and is not paused. */
  get running(): readonly ClusterNode[] {
    return this.nodes.filter((node) => node.isRunning && !node.isPaused);
  }

  node(id: string): ClusterNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no ${id}`);
    return node;
  }

  /** Starts all, waits until they are ready, and logs in. */
  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.admin.logIn();
  }

  /** A node more, with links to all, not started and not told of the peers. */
  async add(id: string, variables: Readonly<Record<string, string>> = {}): Promise<ClusterNode> {
    const place = {
      ...{ id, directory: this.directory, databases: this.options.databases ?? 'shared' },
      ...{ apiPort: await stablePort(), raftPort: await stablePort(), entry: this.options.entryOf?.(id) },
      isSecure: this.options.isSecure ?? false,
    };
    const own = { ...this.options.variablesOf?.(id), ...variables };
    const node = new ClusterNode(place, () => ({ ...this.#variablesOf(id), ...own }), this.reaper);
    this.#nodes.set(id, node);
    await this.links.add(id, node.raftAddress);
    return node;
  }

  /** A node more that joins by the addresses of those that run, and logs what it waits for. */
  join(id: string): Promise<ClusterNode> {
    const CLUSTER_JOIN = this.running.map(({ raftAddress }) => raftAddress).join();
    return this.add(id, { CLUSTER_JOIN, LOG_LEVEL: 'info' });
  }

  /** Takes a node that was removed from the cluster away, with all it had. */
  async retire(node: ClusterNode): Promise<void> {
    this.#nodes.delete(node.id);
    this.#retired.set(node.id, node.raftAddress);
    await node.dispose();
    await this.links.remove(node.id);
    rmSync(node.dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  /** Gives a node that does not run another address; the others learn of it from the node alone. */
  async move(id: string): Promise<void> {
    this.node(id).moveTo(await stablePort());
    await this.links.add(id, this.node(id).raftAddress);
  }

  /** What this node says of the cluster, and of itself, without asking others; undefined when it says nothing. */
  async status(node: ClusterNode): Promise<ClusterStatus | undefined> {
    const reply = await this.admin.send(node.url, 'GET', '/v1/cluster?consistency=local', { timeoutMs: 2_000 });
    return reply.type === 'answer' && reply.status === 200 ? statusIn(reply) : undefined;
  }

  async statuses(nodes = this.running): Promise<readonly ClusterStatus[]> {
    const found = await Promise.all(nodes.map((node) => this.status(node)));
    return found.filter((status) => status !== undefined);
  }

  async leaderNow(): Promise<ClusterNode | undefined> {
    // Alone there is nobody else to lead.
    if (this.nodes.length === 1) return this.running[0];
    const leader = agreedLeader(await this.statuses());
    return leader === undefined ? undefined : this.#nodes.get(leader);
  }

  leader(withinMs = waitMs): Promise<ClusterNode> {
    return this.eventually('a leader that a majority follows', () => this.leaderNow(), withinMs);
  }

  async followers(): Promise<readonly ClusterNode[]> {
    const leader = await this.leader();
    return this.nodes.filter((node) => node !== leader);
  }

  /** Every node has applied and stored everything, and all have the same state hash. */
  async converged(nodes = this.nodes, withinMs = waitMs): Promise<readonly ClusterStatus[]> {
    await Promise.all(nodes.map((node) => node.untilReady(withinMs)));
    if (this.nodes.length === 1) return [];
    let last = '';
    const look = async (): Promise<readonly ClusterStatus[] | undefined> => {
      const statuses = await this.statuses(nodes);
      if (statuses.length < nodes.length) return void (last = `${statuses.length} of ${nodes.length} answer`);
      last = difference(statuses) ?? '';
      return last === '' ? statuses : undefined;
    };
    return this.eventually(() => `all nodes hold the same: ${last}`, look, withinMs);
  }

  /** These nodes are ready and follow the leader closely enough to stand in for another at once. */
  async caughtUp(nodes: readonly ClusterNode[]): Promise<void> {
    const leader = await this.leader();
    await this.eventually(`${nodes.map(({ id }) => id).join()} have caught up`, async () => {
      const own = await this.status(leader);
      const near = (await this.statuses(nodes)).filter(
        ({ appliedIndex }) => appliedIndex >= (own?.commitIndex ?? Infinity) - 100,
      );
      return near.length === nodes.length ? true : undefined;
    });
  }

  /** No link is cut, nobody is paused, everybody runs. */
  async heal(): Promise<void> {
    this.links.healAll();
    for (const node of this.nodes) node.resume();
    await Promise.all(this.nodes.filter(({ isRunning }) => !isRunning).map((node) => node.spawn()));
  }

  /** What a node logs comes through a pipe, a moment after it was done. */
  async logged(node: ClusterNode, text: string | RegExp): Promise<void> {
    await this.eventually(`${node.id} has logged ${String(text)}`, () => node.log.search(text) >= 0 || undefined);
  }

  async eventually<T>(
    what: string | (() => string),
    look: () => T | undefined | Promise<T | undefined>,
    withinMs = waitMs,
  ): Promise<T> {
    for (const deadline = performance.now() + withinMs; ; await wait(20)) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline)
        throw new Error(`still not so after ${withinMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
  }

  /** Ends everything. The logs stay when `keepLogs`, which the message of a failure should name. */
  async close({ keepLogs = false } = {}): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
    await this.links.close();
    if (keepLogs) this.reaper.leave(this.directory);
    for (const node of this.nodes)
      rmSync(node.dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
    if (!keepLogs) rmSync(this.directory, { recursive: true, force: true });
    await this.reaper.close();
  }

  #variablesOf(id: string): Readonly<Record<string, string>> {
    // A group of one needs no peers; the first nodes of a larger one are told of each other.
    const isFirst = this.#formed.includes(id);
    const peers = this.#formed
      .map((peer) => `${peer}=${this.#nodes.get(peer)?.raftAddress ?? this.#retired.get(peer)}`)
      .join();
    return {
      ...defaults,
      ...(isFirst && this.options.size > 1 && { CLUSTER_PEERS: peers }),
      ...this.links.variablesOf(id),
      ...this.options.variables,
    };
  }
}

/** A cluster for the time of `work`, started. When that fails, the message holds the end of every node's log. */
export async function withCluster(
  options: ClusterOptions,
  work: (cluster: ClusterOfProcesses) => Promise<void>,
): Promise<void> {
  const cluster = await ClusterOfProcesses.create(options);
  try {
    await cluster.start();
    await work(cluster);
  } catch (error) {
    const logs = cluster.nodes.map((node) => `--- ${node.id}: ${node.logFile}\n${node.logTail}`);
    await cluster.close({ keepLogs: true });
    if (error instanceof Error) error.message += `\n${logs.join('\n')}`;
    throw error;
  }
  await cluster.close();
}
