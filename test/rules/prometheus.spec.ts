import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { dashboards, queriesOf } from '../compose/dashboards';
import { describeUnless, withoutTools } from '../support/lacking';
import { freePort, NodeProcess } from '../support/node-process';
import { logIn, RemoteWorld } from '../support/remote-world';
import { alerts, rules, rulesDirectory } from './rules';
import { selectorTexts } from './selectors';

const adminEmail = 'admin@example.com';
const adminPassword = 'of a cluster that is scraped';
const lacking = withoutTools('prometheus');
/** Two scrapes, and the minute that the longest rules step by. */
const patienceMs = 100_000;

if (process.env['CI'] !== undefined)
  it('finds prometheus, which the gate installs', () => {
    expect(lacking).toBeUndefined();
  });

/** Real members with all that the rules look at: peers over TLS, and a Redis, which is away. */
async function threeNodes(directory: string): Promise<readonly NodeProcess[]> {
  const { cert, key, ca } = anAuthority('the cluster').issue('127.0.0.1');
  const ids = ['node-1', 'node-2', 'node-3'];
  const peers = await Promise.all(ids.map(async (id) => ({ id, address: `127.0.0.1:${await freePort()}` })));
  const shared = {
    ...{ ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'fatal', REDIS_URL: 'redis://127.0.0.1:1' },
    ...{ CLUSTER_SECRET: 'a secret of more than sixteen characters', RATE_LIMIT_READ: '1000000' },
    ...{ CLUSTER_PEERS: peers.map(({ id, address }) => `${id}=${address}`).join() },
    ...{ RAFT_TLS_CERT: cert, RAFT_TLS_KEY: key, RAFT_TLS_CA: ca },
  };
  const nodes = await Promise.all(
    peers.map(({ id, address }) =>
      NodeProcess.on(join(directory, id), { ...shared, NODE_ID: id, RAFT_LISTEN: address, RAFT_ADVERTISE: address }),
    ),
  );
  await Promise.all(nodes.map((node) => node.start()));
  // A connection that is no peer's, so that there is a refusal.
  await fetch(`http://${peers[0]?.address}`).catch(() => undefined);
  return nodes;
}

/** Prometheus as docker-compose.yml has it, with the same rules, but more often. */
async function aPrometheus(directory: string, nodes: readonly NodeProcess[]) {
  mkdirSync(directory);
  const target = {
    targets: nodes.map(({ url }) => new URL(url).host),
    labels: { namespace: 'compose', service: 'config-guardian' },
  };
  const configuration = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(rulesDirectory, '*.yaml')],
    scrape_configs: [{ job_name: 'config-guardian', static_configs: [target] }],
  };
  writeFileSync(join(directory, 'prometheus.yml'), stringify(configuration));
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${listen}`,
    ],
    { stdio: 'ignore' },
  );
  const query = async (path: string): Promise<{ readonly status: string; readonly data: unknown }> => {
    const answer = await fetch(`http://${listen}/api/v1/${path}`);
    return (await answer.json()) as { status: string; data: unknown };
  };
  const returns = async (expr: string): Promise<boolean> => {
    const { status, data } = await query(`query?query=${encodeURIComponent(expr)}`);
    if (status !== 'success') throw new Error(`${expr}: ${JSON.stringify(data)}`);
    return (data as { result: readonly unknown[] }).result.length > 0;
  };
  return { child, query, returns };
}

describeUnless(lacking && `${lacking} (apt-get install prometheus)`, 'a Prometheus that scrapes three nodes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-prometheus-'));
  let nodes: readonly NodeProcess[] = [];
  let prometheus: Awaited<ReturnType<typeof aPrometheus>>;
  let stopped = false;
  let traffic: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    const [node] = nodes as [NodeProcess];
    const world = new RemoteWorld(node.url, await logIn(node.url, adminEmail, adminPassword));
    const project = await world.aProject();
    const schema = await world.aSchema();
    const { key } = await world.aConfig(project, schema, 'app');
    const put = (body: object) => world.asAdmin('put', `/v1/projects/${project.id}/configs/${key}`).send(body);
    for (let version = 1; !stopped; version += 1) {
      for (const each of nodes) await fetch(`${each.url}/v1/read/${project.apiKey}/${key}`);
      await put({ expectedVersion: version, content: { port: version } }).expect(200);
      await put({ expectedVersion: version, content: { port: 1 } }).expect(409);
      await put({ expectedVersion: version + 1, content: { port: 'none' } }).expect(422);
      await wait(100);
    }
  }

  beforeAll(async () => {
    nodes = await threeNodes(directory);
    prometheus = await aPrometheus(join(directory, 'prometheus'), nodes);
    traffic = ask();
  }, 60_000);

  afterAll(async () => {
    stopped = true;
    await traffic;
    const ended: ChildProcess = prometheus.child;
    ended.kill();
    if (ended.exitCode === null) await once(ended, 'exit');
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it('has series for every panel, every rule and every selector of an alert, and no rule that fails', async () => {
    const whole = [
      ...rules.filter(({ record }) => record),
      ...dashboards.flatMap(({ dashboard }) => queriesOf(dashboard)),
    ];
    let missing = [
      ...new Set([...whole.map(({ expr }) => expr), ...alerts.flatMap(({ expr }) => selectorTexts(expr))]),
    ];
    expect(missing.length).toBeGreaterThan(60);
    for (const deadline = Date.now() + patienceMs; missing.length > 0 && Date.now() < deadline; await wait(1_000)) {
      const found = await Promise.all(missing.map((expr) => prometheus.returns(expr).catch(() => false)));
      missing = missing.filter((_, place) => !found[place]);
    }
    expect(missing).toEqual([]);
    const { data } = await prometheus.query('rules');
    const { groups } = data as { groups: readonly { rules: readonly { name: string; health: string }[] }[] };
    const unhealthy = groups.flatMap((group) => group.rules).filter(({ health }) => health !== 'ok');
    expect([unhealthy, groups.flatMap((group) => group.rules).length]).toEqual([[], rules.length]);
  }, 150_000);
});
