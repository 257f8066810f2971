import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { send } from './clients/request';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { ClusterOfProcesses, withCluster } from './processes/cluster-of-processes';
import { storedRows } from './processes/stored-rows';

const live = (node: ClusterNode, timeoutMs = 500) => send(node.url, { method: 'GET', path: '/health', timeoutMs });

describe.each(['shared', 'own'] as const)('a node in a process of its own (%s database)', (databases) => {
  const directories: string[] = [];
  let cluster: ClusterOfProcesses;
  let node: ClusterNode;

  beforeAll(async () => {
    cluster = await ClusterOfProcesses.create({ size: 1, databases });
    directories.push(cluster.directory);
    await cluster.start();
    [node] = cluster.nodes as [ClusterNode];
  }, 120_000);

  afterAll(async () => {
    await cluster.close();
    expect(directories.filter((directory) => existsSync(directory))).toEqual([]);
  }, 60_000);

  it('leads itself, and does what the administrator asks', async () => {
    expect(await cluster.leader()).toBe(node);
    const { items } = await cluster.admin.do('GET', '/v1/users');
    expect(items).toHaveLength(1);
  });

  it('says nothing while it is paused, and goes on', async () => {
    node.pause();
    expect(await live(node)).toMatchObject({ type: 'lost' });
    expect(cluster.running).toEqual([]);
    node.resume();
    await node.untilReady();
    expect(await live(node, 5_000)).toMatchObject({ status: 200 });
  });

  it('is gone after kill -9, and back at the same address with what it had', async () => {
    const place = await aPlace(cluster.admin, 'kept', ['one', 'two']);
    const writers = await startedWriters(cluster.admin, place, () => [node.url]);
    for (let kill = 0; kill < 2; kill += 1) {
      await Promise.all(writers.map((writer) => writer.next()));
      await node.kill();
      expect(await live(node)).toEqual({ type: 'refused' });
      await node.start();
    }
    await node.strikeDatabase();
    await Promise.all(writers.map((writer) => writer.next()));
    expect(await verifiedWriters(writers)).toEqual([]);
    await node.untilReady();
    const rows = await storedRows(node);
    expect(rows['configs']).toMatchObject({ rows: 2 });
    expect(rows['config_revisions']).toMatchObject({
      rows: writers.reduce((sum, { acknowledged }) => sum + acknowledged + 1, 0),
    });
    expect(await storedRows(node)).toEqual(rows);
  }, 180_000);

  it('ends by itself when it is asked to', async () => {
    await node.stop();
    expect(node.exitCode).toBe(0);
    await node.start();
  }, 120_000);

  it('is an empty one after it was wiped', async () => {
    const { items: before } = await cluster.admin.do('GET', '/v1/projects');
    expect(before).not.toEqual([]);
    await node.kill();
    await node.wipe();
    await node.start();
    await cluster.admin.logIn();
    expect(await cluster.admin.do('GET', '/v1/projects')).toMatchObject({ items: [] });
  }, 120_000);
});

describe('a test with a cluster', () => {
  it('that fails shows the logs of the nodes, and keeps them', async () => {
    let directory = '';
    const failing = withCluster({ size: 1 }, async (cluster) => {
      directory = cluster.directory;
      throw new Error('not what was expected');
    });
    await expect(failing).rejects.toThrow(/not what was expected\n--- node-1: (.*)\n[^]*process \d+ starts/);
    expect(readdirSync(directory)).toContain('logs');
    expect(readdirSync(directory)).not.toContain('node-1');
    rmSync(directory, { recursive: true });
    expect(existsSync(dirname(directory))).toBe(true);
  }, 120_000);
});
