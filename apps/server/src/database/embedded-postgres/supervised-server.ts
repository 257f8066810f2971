import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError, wayOut } from './embedded-postgres.error';
import { Postmaster } from './postmaster';
import type { PostmasterExit } from './postmaster';
import { seeOffPredecessor } from './postmaster-file';
import type { RunnableServer } from './server-account';
import type { EmbeddedPostgresLog, ServerLog } from './server-log';

/** Replaying the log after a crash takes its time; a server that still replays is not a failed one. */
const readyTimeout = 300_000;
const firstDelay = 100;
const longestDelay = 10_000;
const settledAfter = 5_000;
/** The last backends of a killed server, and the memory it shared with them, may outlive it for a moment. */
const stillInUse = /lock file "[^"]*" already exists|shared memory block .* still in use/;
const inUseRetries = 40;

/** The server of one cluster, started again whenever it ends without having been asked to. */
export class SupervisedServer {
  private readonly stopping = new AbortController();
  private readonly callbacks = new Set<(exit: PostmasterExit) => void>();
  private current: Postmaster | undefined;
  private supervision: Promise<void> = Promise.resolve();

  constructor(
    private readonly server: RunnableServer,
    private readonly cluster: string,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly serverLog: ServerLog,
    private readonly log: EmbeddedPostgresLog,
  ) {}

  get processId(): number | undefined {
    return this.current?.isRunning ? this.current.processId : undefined;
  }

  onExit(callback: (exit: PostmasterExit) => void): () => void {
    this.callbacks.add(callback);
    return () => this.callbacks.delete(callback);
  }

  async start(): Promise<void> {
    const postmaster = await this.launch();
    this.supervision = this.supervise(postmaster);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.current?.stop();
    await this.supervision;
    await this.current?.stop();
  }

  private async supervise(first: Postmaster): Promise<void> {
    let postmaster: Postmaster | undefined = first;
    let delay = firstDelay;
    while (!this.stopping.signal.aborted) {
      if (postmaster !== undefined) {
        const began = performance.now();
        const exit = await postmaster.exited;
        if (this.stopping.signal.aborted) return;
        if (performance.now() - began > settledAfter) delay = firstDelay;
        this.tell(exit);
      }
      if (!(await this.pause(delay))) return;
      delay = Math.min(delay * 2, longestDelay);
      postmaster = await this.relaunch();
    }
  }

  private tell(exit: PostmasterExit): void {
    this.log('error', `the embedded PostgreSQL ended (${exit.signal ?? `status ${exit.code}`}) and is started again`);
    for (const callback of this.callbacks) callback(exit);
  }

  private async pause(delay: number): Promise<boolean> {
    return wait(delay, true, { signal: this.stopping.signal, ref: false }).catch(() => false);
  }

  private async relaunch(): Promise<Postmaster | undefined> {
    try {
      const postmaster = await this.launch();
      this.log('info', `the embedded PostgreSQL runs again (process ${postmaster.processId})`);
      return postmaster;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.log('error', `the embedded PostgreSQL does not start: ${String(error)}`);
      return undefined;
    }
  }

  private async launch(): Promise<Postmaster> {
    const { signal } = this.stopping;
    for (let attempt = 1; ; attempt++) {
      await seeOffPredecessor(this.cluster, (message) => this.log('info', message), signal);
      const logged = this.serverLog.size();
      const postmaster = Postmaster.spawn(this.server, this.cluster, this.settings, this.serverLog);
      this.current = postmaster;
      if (await this.becomesReady(postmaster)) return postmaster;
      const told = await this.serverLog.since(logged);
      if (!stillInUse.test(told) || attempt === inUseRetries) throw startFailure(await postmaster.exited, told);
      await wait(250, undefined, { signal });
    }
  }

  private async becomesReady(postmaster: Postmaster): Promise<boolean> {
    try {
      return await postmaster.ready(readyTimeout, this.stopping.signal);
    } catch (error) {
      await postmaster.stop();
      throw error;
    }
  }
}

function startFailure(exit: PostmasterExit, told: string): EmbeddedPostgresError {
  const how = exit.signal ?? `status ${exit.code}`;
  const said = told.split('\n').slice(-20).join('\n');
  const remedy = /No space left on device/.test(said)
    ? 'There is no space left on the device of DATA_DIR. Make room, and start this node again'
    : 'Repair the cause';
  return new EmbeddedPostgresError(
    'start-failed',
    `The embedded PostgreSQL ended while starting (${how}). ${remedy}, ${wayOut}. It said:\n${said}`,
  );
}
