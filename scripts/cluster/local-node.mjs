// One node of the local cluster: a process of its own with its data, its database and its ports.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { eachLine, label, readable } from './log-line.mjs';

/** What belongs to one node must not come from the shell for all. */
const ownVariables = ['NODE_ID', 'PORT', 'HOST', 'DATA_DIR', 'DATABASE_URL', 'CLUSTER_PEERS', 'CLUSTER_JOIN'];
const ownOfCluster = ['RAFT_LISTEN', 'RAFT_ADVERTISE', 'API_ADVERTISE', 'CLUSTER_SECRET'];

/** What a node alone greets with is said once for all. */
const banner = /^(Config Guardian|API docs|Log in as) {2}/;

export const apiPort = (number) => 8080 + number;
export const raftAddress = (number) => `127.0.0.1:${7400 + number}`;

export class LocalNode {
  #child;

  constructor(number, { directory, entry, secretFile, founders }) {
    this.number = number;
    this.url = `http://127.0.0.1:${apiPort(number)}`;
    this.dataDir = join(directory, `node-${number}`);
    this.entry = entry;
    this.secretFile = secretFile;
    this.founders = founders;
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start() {
    if (this.isRunning) return this.say('runs already');
    mkdirSync(this.dataDir, { recursive: true });
    const child = spawn(process.execPath, [this.entry], {
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.say(`starts at ${this.url} (process ${child.pid})`);
    for (const stream of [child.stdout, child.stderr])
      eachLine(stream, (line) => banner.test(line) || this.say(readable(line)));
    child.once('exit', (code, signal) => this.say(`has ended (${signal ?? `exit code ${code}`})`));
  }

  /** Resolves when it has ended. */
  async end(signal) {
    if (!this.isRunning) return this.say('does not run');
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  /** In a line: whether it runs, whether it is ready, and what it says of itself. */
  async status() {
    if (!this.isRunning) return 'does not run';
    try {
      const answer = await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(2_000) });
      const { status, checks } = await answer.json();
      return `${status === 'ok' ? 'ready' : 'not ready'}: ${checks.raft.detail}`;
    } catch {
      return 'runs and does not answer yet';
    }
  }

  get passwordFile() {
    const file = join(this.dataDir, 'admin-password');
    return existsSync(file) ? file : undefined;
  }

  say(text) {
    console.log(`${label(this.number)} ${text}`);
  }

  #environment() {
    const inherited = Object.entries(process.env).filter(
      ([name]) => ![...ownVariables, ...ownOfCluster].some((own) => name === own || name === `${own}_FILE`),
    );
    const isFounder = this.founders.includes(this.number);
    const others = this.founders.map(raftAddress).join();
    return {
      ...Object.fromEntries(inherited),
      NODE_ID: `node-${this.number}`,
      PORT: String(apiPort(this.number)),
      DATA_DIR: this.dataDir,
      RAFT_LISTEN: raftAddress(this.number),
      CLUSTER_SECRET_FILE: this.secretFile,
      ...(isFounder
        ? { CLUSTER_PEERS: this.founders.map((number) => `node-${number}=${raftAddress(number)}`).join() }
        : { CLUSTER_JOIN: others }),
    };
  }
}
