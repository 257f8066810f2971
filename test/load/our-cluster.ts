import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, NodeProcess } from '../support/node-process';
import { password } from './http-target';

/** Three nodes as an operator runs them: each with its own data, its own embedded PostgreSQL and direct connections. */
export class OurCluster {
  private constructor(readonly nodes: readonly NodeProcess[]) {}

  static async start(directory: string, variables: Readonly<Record<string, string>> = {}): Promise<OurCluster> {
    const names = ['node-1', 'node-2', 'node-3'];
    const places = await Promise.all(names.map(async (id) => ({ id, raft: `127.0.0.1:${await freePort()}` })));
    const peers = places.map(({ id, raft }) => `${id}=${raft}`).join();
    const nodes = await Promise.all(
      places.map(async ({ id, raft }) => {
        const [port, dataDir] = [String(await freePort()), join(directory, id)];
        mkdirSync(dataDir, { mode: 0o711 });
        return new NodeProcess(`http://127.0.0.1:${port}`, {
          ...{ NODE_ID: id, DATA_DIR: dataDir, PORT: port, API_ADVERTISE: `http://127.0.0.1:${port}` },
          ...{ CLUSTER_PEERS: peers, CLUSTER_SECRET: 'a long secret of the benchmark' },
          ...{ RAFT_LISTEN: raft, RAFT_ADVERTISE: raft },
          ...{ ADMIN_PASSWORD: password, ACCESS_TOKEN_TTL: '1d', LOG_LEVEL: process.env.LOG_LEVEL ?? 'info' },
          ...{ NODE_OPTIONS: process.env.SERVER_OPTIONS ?? '', ...variables },
        });
      }),
    );
    const cluster = new OurCluster(nodes);
    await Promise.all(nodes.map((node) => node.start())).catch(async (error: unknown) => {
      await cluster.stop();
      throw error;
    });
    return cluster;
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ url }) => url);
  }

  get pids(): readonly number[] {
    return this.nodes.map(({ pid }) => pid);
  }

  async leader(authorization: string): Promise<NodeProcess> {
    for (const node of this.nodes) {
      const answer = await fetch(`${node.url}/v1/cluster?consistency=local`, { headers: { authorization } });
      const { role } = (await answer.json()) as { role: string };
      if (role === 'leader') return node;
    }
    throw new Error('none of the nodes leads');
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}
