import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/postgres-directory';
import { Administrator } from '../clients/administrator';
import { trust } from '../clients/request';
import type { ClusterStatus } from '../processes/cluster-status';
import { difference, statusIn } from '../processes/cluster-status';
import type { Authority, RotatedCluster } from '../rotation/rotation';
import { Machine } from './machine';
import { OperatorShell } from './operator-shell';
import { joining, Server } from './server';
import { ShownSecrets } from './shown-secrets';

/** What a newcomer has before anything is there: machines, and a shell. */
export class NewcomerCluster implements RotatedCluster<Server> {
  readonly machine = new Machine();
  readonly shell = new OperatorShell(this.machine.home, (commands) =>
    commands.replaceAll('10.0.0.', this.machine.network).replaceAll('/opt/config-guardian', this.machine.release),
  );
  readonly shown = new ShownSecrets(this.machine.directory);
  readonly admin = new Administrator(
    () => this.nodes.filter(({ isRunning }) => isRunning).map(({ url }) => url),
    () => this.secret('admin-password'),
  );
  nodes: readonly Server[] = [];
  readonly #all: Server[] = [];

  /** A file in the folder of the secrets. */
  secret(name: string): string {
    return readFileSync(join(this.machine.home, 'config-guardian-secrets', name), 'utf8').trim();
  }

  /** The secrets that lie there now are looked for from now on, and certificates of this authority are believed. */
  know(): void {
    const shared = ['cluster-secret', 'admin-password', 'jwt-secrets', 'password-peppers'];
    this.shown.know(...shared.map((name) => this.secret(name)));
    for (const { number } of this.nodes) this.#knowKeys(number);
    trust(this.secret('api-ca.crt'));
  }

  /** A server that is installed, and configured with the folder that was made for it; it does not run yet. */
  async server(n: number, members?: string): Promise<Server> {
    const server = new Server(this.machine, n);
    this.#all.push(server);
    this.#knowKeys(n);
    await server.install();
    await server.configure(members);
    return server;
  }

  /** One that joins those that run. */
  joined(n: number): Promise<Server> {
    return this.server(n, joining());
  }

  async status(node: Server): Promise<ClusterStatus | undefined> {
    const reply = await this.admin.send(node.url, 'GET', '/v1/cluster?consistency=local');
    return reply.type === 'answer' && reply.status === 200 ? statusIn(reply) : undefined;
  }

  async caughtUp(nodes: readonly Server[]): Promise<void> {
    await this.eventually(`${nodes.map(({ id }) => id).join()} hold the same`, async () => {
      const statuses = (await Promise.all(nodes.map((node) => this.status(node)))).filter((one) => one !== undefined);
      return statuses.length === nodes.length && difference(statuses) === undefined ? true : undefined;
    });
  }

  readonly eventually = eventually;

  /** Whoever signs in the folder of the secrets now. */
  authority(use: 'api' | 'peer'): Authority {
    return {
      ca: `${this.secret(`${use}-ca.crt`)}\n`,
      issue: async (host) => {
        const n = Number(host.split('.').at(-1));
        await this.shell.run(`issue ${n}`);
        this.#knowKeys(n);
        const [cert, key] = [`${use}.crt`, `${use}.key`].map((name) => `${this.secret(`server-${n}/${name}`)}\n`);
        return { cert: cert!, key: key! };
      },
    };
  }

  async put(nodeId: string, name: string, text: string): Promise<void> {
    await this.nodes.find(({ id }) => id === nodeId)!.put(name, text);
  }

  async close(): Promise<void> {
    this.shell.close();
    this.shown.close();
    await Promise.all(this.#all.map((server) => server.stop().catch(() => undefined)));
    await this.machine.close();
  }

  /** Of a private key the second line, which no other has. */
  #knowKeys(n: number): void {
    for (const use of ['api', 'peer']) this.shown.know(this.secret(`server-${n}/${use}.key`).split('\n')[2] ?? '');
  }
}
