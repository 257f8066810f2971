import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Chance } from '../../sim/chance';
import type { Action, Outcome } from '../checker/operation';
import { SequentialConfig } from '../checker/sequential-config';

/** Faults of a service that the clients and the checkers must find. */
export type Bug = 'none' | 'stale-reads' | 'lost-writes' | 'doubled-writes' | 'local-reads-go-back';

interface Told {
  readonly status: number;
  readonly body: object;
}

/**
 * The configs of one project behind the paths and answers of the real API, kept in memory: correct, or with one fault.
 * It answers late, sometimes never, and sometimes 503, as a cluster in trouble does.
 */
export class FakeService {
  readonly #configs = new Map<string, SequentialConfig>();
  readonly #done = new Map<string, Told>();
  #index = 0;

  private constructor(
    private readonly server: Server,
    private readonly bug: Bug,
    private readonly chance: Chance,
  ) {
    server.on('request', (request: IncomingMessage, response) => {
      void this.#answer(request).then((told) => {
        if (told === undefined) return request.socket.destroy();
        const isEmpty = told.status === 204;
        response.writeHead(told.status, { 'content-type': 'application/json', 'x-config-index': this.#told(told) });
        response.end(isEmpty ? undefined : JSON.stringify(told.body));
      });
    });
  }

  static async start(bug: Bug, chance: Chance): Promise<FakeService> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeService(server, bug, chance);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  #told({ body }: Told): number {
    return 'index' in body ? Number(body.index) : this.#index;
  }

  async #answer(request: IncomingMessage): Promise<Told | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
    await wait(this.chance.below(8));
    if (this.chance.happens(0.03)) return { status: 503, body: { code: 'no-leader' } };
    if (request.method === 'GET') return this.#read(request);
    const id = String(request.headers['idempotency-key']);
    const told = (this.bug === 'doubled-writes' ? undefined : this.#done.get(id)) ?? this.#write(request, body);
    this.#done.set(id, told);
    await wait(this.chance.below(8));
    return this.chance.happens(0.06) ? undefined : told;
  }

  #read({ url = '' }: IncomingMessage): Told {
    const { pathname, searchParams } = new URL(url, 'http://fake');
    const config = this.#config(pathname.split('/').at(-1) ?? '');
    const isLocal = searchParams.get('consistency') === 'local';
    const isOld = this.bug === (isLocal ? 'local-reads-go-back' : 'stale-reads') && this.chance.happens(0.1);
    if (!isOld) return told(config.execute({ type: 'read' }), { type: 'read' }, config);
    const version = config.version - 1;
    const value = config.contents.get(version);
    const old: Outcome = value == null ? { type: 'missing' } : { type: 'found', version, value };
    const answer = told(old, { type: 'read' }, config);
    return { ...answer, body: { ...answer.body, ...(isLocal && { index: this.#index - 5 }) } };
  }

  #write(request: IncomingMessage, body: Record<string, unknown>): Told {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const [, , , , , key = String(body['key']), verb] = pathname.split('/');
    const config = this.#config(key);
    const version = body['expectedVersion'] ?? searchParams.get('expectedVersion');
    const expectedVersion = version === null || version === undefined ? null : Number(version);
    const value =
      verb === undefined ? JSON.stringify(body['content']) : (config.contents.get(Number(body['targetVersion'])) ?? '');
    const action: Action =
      request.method === 'DELETE'
        ? { type: 'delete', expectedVersion }
        : request.method === 'POST' && verb === undefined
          ? { type: 'create', value }
          : { type: 'write', value, expectedVersion };
    const canBeLost = action.type === 'write' && config.value !== null && value !== '';
    if (this.bug === 'lost-writes' && canBeLost && this.chance.happens(0.05))
      return { status: 200, body: { version: config.version + 1, content: JSON.parse(value) as unknown } };
    this.#index += 1;
    return told(config.execute(action), action, config);
  }

  #config(key: string): SequentialConfig {
    const config = this.#configs.get(key) ?? new SequentialConfig();
    this.#configs.set(key, config);
    return config;
  }
}

function told(outcome: Outcome, action: Action, config: SequentialConfig): Told {
  switch (outcome.type) {
    case 'found':
      return { status: 200, body: { version: outcome.version, content: JSON.parse(outcome.value) as unknown } };
    case 'done':
      if (action.type === 'delete') return { status: 204, body: {} };
      return {
        status: 200,
        body: { version: outcome.version, content: JSON.parse(config.value ?? 'null') as unknown },
      };
    case 'missing':
      return { status: 404, body: { code: 'config-not-found' } };
    case 'taken':
      return { status: 409, body: { code: 'key-taken' } };
    case 'conflict':
      return { status: 409, body: { code: 'version-conflict', currentVersion: outcome.currentVersion } };
    case 'unknown':
      throw new Error('it always knows what it did');
  }
}
