import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { send } from '../clients/request';
import { commandsIn, instead } from './guide';
import type { Machine } from './machine';
import { asRoot, endProcessesOf, root } from './machine';
import { serviceOf, startScript, variablesIn } from './service';

const installation = 'docs/installation.md';
const readyMs = 60_000;

/** One server of the documents: its account, its address, its files, and the service that runs on it. */
export class Server {
  readonly id: string;
  readonly url: string;
  readonly account: string;
  /** Stands for the root of its file system. */
  readonly files: string;
  readonly logFile: string;
  readonly #pidFile: string;
  #child: ChildProcess | undefined;

  constructor(
    readonly machine: Machine,
    readonly number: number,
  ) {
    this.id = `node-${number}`;
    this.url = `https://${machine.network}${number}:8443`;
    this.account = machine.account(number);
    this.files = join(machine.directory, `server-${number}`);
    this.logFile = join(machine.directory, `server-${number}.log`);
    this.#pidFile = join(this.files, 'run', 'pid');
    for (const path of ['etc/systemd/system', 'root', 'run', 'var/lib'])
      mkdirSync(join(this.files, path), { recursive: true, mode: 0o755 });
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  /** The same commands with the paths, the account and the addresses that stand for those they name. */
  placed(commands: string): string {
    return commands
      .replaceAll(/(?<![\w.])\/(?:etc|var\/lib)\/config-guardian|\/etc\/systemd\/system|\/run\/credentials/g, (path) =>
        join(this.files, path),
      )
      .replaceAll('/opt/config-guardian', this.machine.opt)
      .replaceAll('/usr/bin/node', this.machine.node)
      .replaceAll(/(?<![\w/.-])config-guardian(?![\w/.-])/g, this.account)
      .replaceAll('10.0.0.', this.machine.network);
  }

  /** As root on it; what is asked of npm and of systemd is left out. */
  run(commands: string, cwd = join(this.files, 'root')): Promise<string> {
    const own = this.placed(commands)
      .split('\n')
      .filter((line) => !/^(?:npm ci|systemctl) /.test(line));
    return root(own.join('\n'), { cwd });
  }

  async install(): Promise<void> {
    const commands = commandsIn(installation, 'useradd --system');
    // One machine has one /opt; the first server fills it.
    const own = existsSync(this.machine.opt) ? commands.replace(/^install -d \/opt.*\n/m, '') : commands;
    await this.run(own, this.machine.release);
  }

  /** With the folder that was made for it; `members` where it does not form the cluster. */
  async configure(members?: string): Promise<void> {
    const folder = `server-${this.number}`;
    const there = join(this.files, 'root', folder);
    await root(
      `umask 077; cp -r --no-preserve=ownership ${join(this.machine.home, 'config-guardian-secrets', folder)} ${there}`,
    );
    const commands = commandsIn(installation, 'cd server-$N').replace('N=1\n', `N=${this.number}\n`);
    await this.run(members === undefined ? commands : commands.replace(/^MEMBERS=.*\n/m, members));
  }

  /** Starts it, and waits until it is ready. */
  async start(): Promise<void> {
    await this.launch();
    await this.untilReady();
  }

  async launch(): Promise<void> {
    const etc = join(this.files, 'etc');
    const unit = join(etc, 'systemd', 'system', 'config-guardian.service');
    const texts = [unit, `${unit}.d/secrets.conf`].map((path) => readFileSync(path, 'utf8'));
    const service = serviceOf(texts, (text) => this.placed(text));
    const own = variablesIn((await root(`cat ${service.environmentFile}`)).split('\n'));
    const script = startScript(service, own, this.#pidFile);
    const [program = 'bash', ...given] = [...asRoot, 'bash', '-euo', 'pipefail', '-c', script];
    const child = spawn(program, given, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const file = createWriteStream(this.logFile, { flags: 'a', mode: 0o600 });
    for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
    child.once('close', (code, signal) => file.end(`--- ended: ${code ?? signal}\n`));
  }

  async untilReady(): Promise<void> {
    for (const deadline = performance.now() + readyMs; performance.now() < deadline; await wait(50)) {
      if (!this.isRunning) break;
      const reply = await send(this.url, { method: 'GET', path: '/ready', timeoutMs: 2_000 });
      if (reply.type === 'answer' && reply.status === 200) return;
    }
    throw new Error(`${this.id} did not become ready:\n${this.log.split('\n').slice(-40).join('\n')}`);
  }

  /** As `systemctl stop` does. */
  async stop(): Promise<void> {
    if (!this.isRunning || !this.#child) return;
    const ended = once(this.#child, 'exit');
    await root(`kill -TERM ${this.processId}`);
    await ended;
  }

  /** It is gone with its disk: all its processes by kill -9, its files and its account. */
  async lose(): Promise<void> {
    await endProcessesOf(this.account);
    await root(`rm -rf ${this.files} && userdel ${this.account}`);
  }

  get processId(): number {
    return Number(readFileSync(this.#pidFile, 'utf8'));
  }

  /** Replaces a file that the service reads, as the documents ask: by renaming a new one over it. */
  async put(name: string, text: string): Promise<void> {
    const path = join(this.files, 'etc', 'config-guardian', name);
    await root(
      `umask 077; cat > ${path}.new; chown --reference=${path} ${path}.new; chmod --reference=${path} ${path}.new; mv ${path}.new ${path}`,
      { input: text },
    );
  }
}

/** The line of the document for a server that joins later. */
export const joining = (): string => instead(commandsIn(installation, 'MEMBERS=CLUSTER_JOIN='), {});
