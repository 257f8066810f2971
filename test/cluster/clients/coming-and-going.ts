import type { Administrator } from './administrator';
import type { ConfigPlace } from './config-client';

/** A config that is made and deleted again and again: each of both is a version. */
export class ComingAndGoing {
  /** The newest version that was acknowledged; every second one is a deletion. */
  version = 0;
  readonly failures: string[] = [];
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly admin: Administrator,
    private readonly place: ConfigPlace,
    readonly key: string,
  ) {}

  start(): void {
    this.#running = this.#run().catch((error: unknown) => void this.failures.push(String(error)));
  }

  /** Resolves when what is under way is acknowledged; the config is there then. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const configs = `/v1/projects/${this.place.projectId}/configs`;
    for (;;) {
      const body = { key: this.key, schemaId: this.place.schemaId, content: {} };
      this.version = Number((await this.admin.do('POST', configs, body))['version']);
      if (this.#isStopped) return;
      await this.admin.do('DELETE', `${configs}/${this.key}`);
      this.version += 1;
    }
  }
}
