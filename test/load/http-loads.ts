import type autocannon from 'autocannon';
import type { Target } from './http-target';
import { document, json } from './http-target';
import type { Figures } from './load-run';
import { load } from './load-run';

type Request = autocannon.Request;

export const connections = 64;

/** What is asked of a node, each for so many seconds. */
export class HttpLoads {
  /** Each connection updates a config of its own, the version that it knows to be current. */
  readonly #versions = new Array<number>(connections).fill(1);

  constructor(
    private readonly target: Target,
    private readonly seconds: number,
    /** Where the connections go, in turn. */
    private readonly urls: readonly string[] = [target.url],
    private readonly pids: readonly number[] = [target.pid],
  ) {}

  get(path: string): Promise<Figures> {
    return load({ url: `${this.target.url}${path}`, pid: this.target.pid, connections, duration: this.seconds });
  }

  updates(): Promise<Figures> {
    return this.#perConnection((n) => this.#update(n));
  }

  /** What an administration page asks for; every fourth request is an update. */
  mixed(): Promise<Figures> {
    const { authorization, configs } = this.target;
    const headers = { ...json, authorization };
    const get = (path: string): Request => ({ method: 'GET', path, headers });
    const body = JSON.stringify({ content: document(1) });
    const reads = [
      get(`${configs}/config-1`),
      get(`${configs}?limit=20`),
      get(`${configs}/config-2/revisions?limit=10`),
      get('/v1/auth/me'),
      get(`${configs}?q=config-1&limit=20`),
      { method: 'POST' as const, path: `${configs}/config-1/validate`, headers, body },
    ];
    return this.#perConnection((n, turn) =>
      turn % 4 === 0 ? this.#update(n) : (reads[turn % reads.length] ?? get('/health')),
    );
  }

  /** Every connection sends what `next` gives it, one request at a time. */
  async #perConnection(next: (n: number, turn: number) => Request): Promise<Figures> {
    await this.#learnVersions();
    let connection = 0;
    return load({
      url: this.urls,
      pid: this.pids,
      connections,
      duration: this.seconds,
      setupClient: (client) => {
        const n = connection++ % connections;
        let turn = n;
        client.setRequests([next(n, turn)]);
        client.on('response', () => client.setRequests([next(n, ++turn)]));
      },
    });
  }

  /** The run before may have ended with updates under way, whose answers nobody saw. */
  async #learnVersions(): Promise<void> {
    const { url, configs, authorization } = this.target;
    const page = await fetch(`${url}${configs}?limit=200`, { headers: { authorization } });
    const { items } = (await page.json()) as { items: { key: string; version: number }[] };
    for (const { key, version } of items) this.#versions[Number(key.replace('config-', ''))] = version;
  }

  #update(n: number): Request {
    const { authorization, configs } = this.target;
    const expectedVersion = this.#versions[n] ?? 1;
    return {
      method: 'PUT',
      path: `${configs}/config-${n}`,
      headers: { ...json, authorization },
      body: JSON.stringify({ content: document(n + expectedVersion), expectedVersion }),
      onResponse: (status, text) => {
        const { version, currentVersion = version } = JSON.parse(text) as { version?: number; currentVersion?: number };
        // An answer that was lost with the connection of the run before: the version had moved.
        if ((status === 200 || status === 409) && currentVersion !== undefined) this.#versions[n] = currentVersion;
      },
    };
  }
}
