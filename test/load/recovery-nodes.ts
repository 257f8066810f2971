import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, NodeProcess } from '../support/node-process';
import type { CommandEnd } from '../support/operator-command';
import { OperatorCommand } from '../support/operator-command';
import { password } from './http-target';

type Variables = Readonly<Record<string, string>>;
const patienceMs = 300_000;

const freeAddress = async (): Promise<string> => `127.0.0.1:${await freePort()}`;

/** Seconds until `look` finds what it looks for; a call that fails has not found it. */
export async function secondsUntil(what: string, look: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  for (const deadline = began + patienceMs; performance.now() < deadline; await wait(10))
    if (await look().catch(() => false)) return (performance.now() - began) / 1000;
  throw new Error(`still not so after ${patienceMs} ms: ${what}`);
}

/** A node with an embedded PostgreSQL, whose parts can be lost one by one. */
export class RecoveryNode {
  private constructor(
    readonly id: string,
    readonly raft: string,
    readonly dataDir: string,
    readonly process: NodeProcess,
    readonly variables: Variables,
  ) {}

  static async make(directory: string, id: string, raft: string, more: Variables): Promise<RecoveryNode> {
    const [port, dataDir] = [String(await freePort()), join(directory, id)];
    mkdirSync(dataDir, { mode: 0o711 });
    const url = `http://127.0.0.1:${port}`;
    const variables = {
      ...{ NODE_ID: id, DATA_DIR: dataDir, PORT: port, API_ADVERTISE: url, RAFT_LISTEN: raft, RAFT_ADVERTISE: raft },
      ...{ CLUSTER_SECRET: 'a long secret of the benchmark', ADMIN_PASSWORD: password, ACCESS_TOKEN_TTL: '1d' },
      ...{ LOG_LEVEL: 'info', ...more },
    };
    return new RecoveryNode(id, raft, dataDir, new NodeProcess(url, variables), variables);
  }

  get url(): string {
    return this.process.url;
  }

  /** A part of what it has on disk is gone; it does not run. */
  lose(part: 'log' | 'postgres' | '.'): void {
    rmSync(join(this.dataDir, part), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** Seconds until it is ready. */
  async secondsToStart(): Promise<number> {
    const began = performance.now();
    await this.process.start();
    return (performance.now() - began) / 1000;
  }

  /** An operator's command with its environment. */
  async command(entry: 'recover' | 'restore', ...given: readonly string[]): Promise<CommandEnd & { seconds: number }> {
    const began = performance.now();
    const end = await new OperatorCommand(entry, given, { ...this.variables, LOG_LEVEL: 'warn' }).ended;
    if (end.code !== 0) throw new Error(`${entry} ended with ${end.code}:\n${end.output}`);
    return { ...end, seconds: (performance.now() - began) / 1000 };
  }
}

/** The nodes of one cluster; those that were lost are not among them. */
export class RecoveryCluster {
  nodes: RecoveryNode[] = [];
  #authorization = '';

  constructor(private readonly directory: string) {}

  async form(...ids: readonly string[]): Promise<void> {
    const places = await Promise.all(ids.map(async (id) => ({ id, raft: await freeAddress() })));
    const peers = { CLUSTER_PEERS: places.map(({ id, raft }) => `${id}=${raft}`).join() };
    this.nodes = await Promise.all(places.map(({ id, raft }) => RecoveryNode.make(this.directory, id, raft, peers)));
    await Promise.all(this.nodes.map(({ process }) => process.start()));
    await this.logIn();
  }

  /** A node that joins the others when it is started; where there are none it is a cluster by itself. */
  async join(id: string, directory = this.directory): Promise<RecoveryNode> {
    const others = { CLUSTER_JOIN: this.nodes.map(({ raft }) => raft).join() };
    const node = await RecoveryNode.make(directory, id, await freeAddress(), others);
    this.nodes.push(node);
    return node;
  }

  async logIn(): Promise<void> {
    const { accessToken } = await this.ask<{ accessToken: string }>('POST', '/v1/auth/login', {
      email: 'admin@example.com',
      password,
    });
    this.#authorization = `Bearer ${accessToken}`;
  }

  async ask<Body>(method: string, path: string, body?: unknown, url = this.nodes[0]!.url): Promise<Body> {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: this.#authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Body;
  }

  async restoreByApi(file: Buffer, { url }: RecoveryNode): Promise<void> {
    const headers = { authorization: this.#authorization, 'content-type': 'application/gzip' };
    const answer = await fetch(`${url}/v1/cluster/restore`, { method: 'POST', headers, body: new Uint8Array(file) });
    if (!answer.ok) throw new Error(`restore: ${answer.status} ${await answer.text()}`);
  }

  async leader(): Promise<RecoveryNode> {
    const { leaderId } = await this.ask<{ leaderId: string }>('GET', '/v1/cluster');
    return this.nodes.find(({ id }) => id === leaderId)!;
  }

  without(...lost: readonly RecoveryNode[]): void {
    this.nodes = this.nodes.filter((node) => !lost.includes(node));
  }

  /** Seconds until this node holds all that the others have, and in its database too. */
  secondsUntilCaughtUp(node: RecoveryNode): Promise<number> {
    interface Standing {
      readonly commitIndex: number;
      readonly flushedIndex: number;
      readonly members: readonly { readonly id: string; readonly role: string }[];
    }
    return secondsUntil(`${node.id} has caught up`, async () => {
      const of = ({ url }: RecoveryNode) => this.ask<Standing>('GET', '/v1/cluster?consistency=local', undefined, url);
      const [own, other] = [await of(node), await of(this.nodes.find((one) => one !== node) ?? node)];
      const isVoter = own.members.some(({ id, role }) => id === node.id && role === 'voter');
      return isVoter && own.flushedIndex >= other.commitIndex;
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ process }) => process.kill()));
  }
}
