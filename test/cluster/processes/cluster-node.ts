import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedServer } from '../../support/embedded-server';
import type { TestDatabase } from '../../support/postgres';
import { createTestDatabase } from '../../support/postgres';
import { queryOnce } from '../../support/postgres-directory';
import { TcpProxy } from '../../support/tcp-proxy';
import { send } from '../clients/request';
import type { Reaper } from './reaper';

/** The build of this checkout, unless `CLUSTER_SERVER` names the main.js of another. */
const defaultEntry = process.env.CLUSTER_SERVER ?? join(process.cwd(), 'dist', 'apps', 'server', 'src', 'main.js');
const startMs = 60_000;
const tailLines = 60;

/**
 * `shared`: a database on the tests' PostgreSQL. `linked`: the same behind a link that can be cut, so that one node
 * alone loses its server. `own`: the embedded PostgreSQL of the node.
 */
export type Databases = 'shared' | 'linked' | 'own';

export interface NodePlace {
  readonly id: string;
  readonly directory: string;
  readonly apiPort: number;
  readonly raftPort: number;
  readonly databases: Databases;
  /** Another build of the server. */
  readonly entry?: string;
  /** Whether its API has a certificate. */
  readonly isSecure?: boolean;
}

/** A server process with its data directory and its database, and what can be done to it. */
export class ClusterNode {
  readonly url: string;
  readonly dataDir: string;
  readonly logFile: string;
  #raftPort: number;
  #entry: string;
  #child: ChildProcess | undefined;
  #database: TestDatabase | undefined;
  #databaseLink: TcpProxy | undefined;
  #isPaused = false;
  #startedAt = 0;

  constructor(
    readonly place: NodePlace,
    private readonly variables: () => Readonly<Record<string, string>>,
    private readonly reaper: Reaper,
  ) {
    this.url = `${place.isSecure ? 'https' : 'http'}://127.0.0.1:${place.apiPort}`;
    this.#raftPort = place.raftPort;
    this.#entry = place.entry ?? defaultEntry;
    this.dataDir = join(place.directory, place.id);
    this.logFile = join(place.directory, 'logs', `${place.id}.log`);
    mkdirSync(dirname(this.logFile), { recursive: true });
  }

  get id(): string {
    return this.place.id;
  }

  get raftAddress(): string {
    return `127.0.0.1:${this.#raftPort}`;
  }

  /** Whether its process exists, paused or not. */
  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  /** Since its process was started. */
  get uptimeMs(): number {
    return performance.now() - this.#startedAt;
  }

  get exitCode(): number | null | undefined {
    return this.#child?.exitCode;
  }

  get log(): string {
    try {
      return readFileSync(this.logFile, 'utf8');
    } catch {
      return '';
    }
  }

  get logTail(): string {
    return this.log.split('\n').slice(-tailLines).join('\n');
  }

  /** Starts the process and does not wait for it. `more` overrides its environment this once. */
  async spawn(more: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    if (this.isRunning) throw new Error(`${this.id} runs already`);
    const env = { ...(await this.environment()), ...more };
    const child = spawn(process.execPath, [this.#entry], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.reaper.watch(child);
    this.#child = child;
    this.#startedAt = performance.now();
    this.#isPaused = false;
    const file = createWriteStream(this.logFile, { flags: 'a' });
    file.write(`--- ${new Date().toISOString()} process ${child.pid} starts\n`);
    for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
    child.once('close', (code, signal) => file.end(`--- process ${child.pid} ended: ${code ?? signal}\n`));
  }

  async start(more: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    await this.spawn(more);
    await this.untilReady();
  }

  async untilReady(withinMs = startMs): Promise<void> {
    for (const deadline = performance.now() + withinMs; performance.now() < deadline; await wait(20)) {
      if (!this.isRunning) throw new Error(`${this.id} ended (${this.exitCode}):\n${this.logTail}`);
      if (await this.isReady()) return;
    }
    throw new Error(`${this.id} was not ready within ${withinMs} ms:\n${this.logTail}`);
  }

  async isReady(): Promise<boolean> {
    const reply = await send(this.url, { method: 'GET', path: '/ready', timeoutMs: 2_000 });
    return reply.type === 'answer' && reply.status === 200;
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** As an operator stops it; resolves when it has ended. */
  stop(): Promise<void> {
    this.resume();
    return this.#end('SIGTERM');
  }

  /** SIGSTOP: it holds its connections and says nothing. */
  pause(): void {
    if (!this.isRunning || this.#isPaused) return;
    this.#isPaused = true;
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.isRunning) this.#child?.kill('SIGCONT');
  }

  /** Another port for its peers from the next start on: a pod that comes back elsewhere. */
  moveTo(raftPort: number): void {
    this.#raftPort = raftPort;
  }

  /** Another build from the next start on; the one of this checkout when none is named. */
  runs(entry: string | undefined): void {
    this.#entry = entry ?? defaultEntry;
  }

  /** A new disk: nothing of what it had is left. */
  async wipe(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.id} runs`);
    await this.#dropDatabase();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** Its database dies under it: the postmaster of its own one, all its sessions of a shared one. */
  async strikeDatabase(): Promise<void> {
    if (this.place.databases === 'own') return void process.kill(new EmbeddedServer(this.dataDir).processId, 'SIGKILL');
    await this.endDatabaseSessions();
  }

  /** As a server that restarts in a hurry does. */
  async endDatabaseSessions(): Promise<void> {
    await this.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
  }

  /** The way to a `linked` database. */
  get databaseLink(): TcpProxy {
    if (this.#databaseLink === undefined) throw new Error(`${this.id} has no link to its database`);
    return this.#databaseLink;
  }

  /** Its database server dies. The node itself starts its own again; what is behind a link is away for so long. */
  async crashDatabase(lastsMs: number): Promise<void> {
    if (this.place.databases === 'own') return this.strikeDatabase();
    await this.databaseLink.close();
    await wait(lastsMs);
    await this.databaseLink.open();
  }

  query(text: string): Promise<Record<string, unknown>[]> {
    const url = this.#database?.url ?? new EmbeddedServer(this.dataDir).url;
    return queryOnce(url, text);
  }

  async dispose(): Promise<void> {
    await this.kill();
    await this.#dropDatabase();
  }

  /** What its process is started with. */
  async environment(): Promise<NodeJS.ProcessEnv> {
    const { PATH, HOME, TMPDIR } = process.env;
    return {
      ...{ PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }) },
      ...{ NODE_ID: this.id, DATA_DIR: this.dataDir, PORT: String(this.place.apiPort), API_ADVERTISE: this.url },
      ...{ RAFT_LISTEN: this.raftAddress, RAFT_ADVERTISE: this.raftAddress },
      ...(await this.#databaseVariables()),
      ...this.variables(),
    };
  }

  async #databaseVariables(): Promise<Readonly<Record<string, string>>> {
    if (this.place.databases === 'own') return {};
    this.#database ??= await createTestDatabase();
    if (this.place.databases === 'shared') return { DATABASE_URL: this.#database.url };
    this.#databaseLink ??= await TcpProxy.before(this.#database.url);
    return { DATABASE_URL: this.#databaseLink.url };
  }

  async #dropDatabase(): Promise<void> {
    await this.#databaseLink?.close();
    this.#databaseLink = undefined;
    await this.#database?.drop();
    this.#database = undefined;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    this.#isPaused = false;
  }
}
