import { configuration } from '@config-guardian/raft';
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterNode } from '../../../test/a-cluster';
import { aCluster, Cluster } from '../../../test/a-cluster';
import { FileSnapshots } from '../../../test/file-snapshots';
import { bytes } from '../../../test/recording-consumer';
import { decodeManifest, encodeManifest } from './manifest';
import { decodePart, encodePart } from './parts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'snapshots-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const snapshotsOf = new Map<ClusterNode, FileSnapshots>();

function withSnapshots(node: ClusterNode): FileSnapshots {
  const snapshots = new FileSnapshots(() => node.consumer);
  node.consumer.snapshots = snapshots;
  snapshotsOf.set(node, snapshots);
  return snapshots;
}

/** Three nodes, of which one is down, and a log that no longer reaches back to where that one stands. */
async function aLaggard(): Promise<{ world: Cluster; laggard: ClusterNode; snapshots: FileSnapshots }> {
  const world = new Cluster({ snapshotsIn: root, limits: { keptEntries: 4, segmentBytes: 4096 } });
  for (let n = 0; n < 3; n += 1) withSnapshots(world.addNode());
  const formedWith = configuration(world.nodes.map(({ member }) => member));
  for (const node of world.nodes) await node.start(formedWith);
  await world.untilLed();
  await world.clock.settled(world.leader!.log.propose(bytes('first')));
  await world.untilEqual();
  const [laggard] = world.followers();
  await laggard!.crash();
  await write(world, 40);
  world.clock.realPause = 1;
  return { world, laggard: laggard!, snapshots: snapshotsOf.get(laggard!)! };
}

async function write(world: Cluster, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const { leader } = world;
    await world.clock.settled(leader!.log.propose(bytes(`entry ${i} ${'x'.repeat(200)}`)));
  }
  await world.clock.advance(200);
  for (const { log, consumer } of world.nodes) log.release(consumer.appliedIndex);
}

async function untilCaughtUp(world: Cluster, laggard: ClusterNode): Promise<void> {
  await world.clock.until(
    'the laggard has caught up',
    () => laggard.consumer.appliedIndex === world.leader?.consumer.appliedIndex,
    180_000,
  );
  expect(laggard.consumer.entries.map(({ index }) => index)).toEqual(
    world.leader!.consumer.entries.map(({ index }) => index),
  );
  expect(laggard.consumer.commands).toEqual(world.leader!.consumer.commands);
}

const kept = (node: ClusterNode): string[] =>
  existsSync(node.snapshotsDirectory) ? readdirSync(node.snapshotsDirectory) : [];

describe('a member that needs what the log no longer holds', () => {
  it('fetches a snapshot, installs it, and goes on with the log', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    expect(world.leader!.log.status().firstIndex).toBeGreaterThan(30);
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toEqual([{ index: 42, term: 1 }]);
    await write(world, 3);
    await world.clock.settled(laggard.log.propose(bytes('from the laggard')));
    await untilCaughtUp(world, laggard);
    await world.clock.until('the copies are gone', () => kept(laggard).length === 0);
    await world.clock.until('the leader drops it when nobody asks', () => kept(world.leader!).length === 0, 200_000);
    await laggard.crash('power');
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toHaveLength(1);
  });

  it('gets the history after what its database holds, part by part', async () => {
    const { world, laggard } = await aLaggard();
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    const { historyRequests } = snapshotsOf.get(world.leader!)!;
    expect(historyRequests[0]).toBeNull();
    expect(historyRequests).toHaveLength(8);
  });

  it('goes on where it stopped when requests get lost, and reads nothing twice', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    let asked = 0;
    world.network.swallows = (_from, _to, what) => what.startsWith('snapshot/') && (asked += 1) % 7 === 0;
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toHaveLength(1);
    expect(new Set(snapshotsOf.get(world.leader!)!.historyRequests).size).toBe(8);
  });

  it('goes on where it stopped in another life', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    let parts = 0;
    world.network.swallows = (_from, _to, what) => what === 'snapshot/history:answer' && (parts += 1) > 3;
    await laggard.restart();
    await world.clock.until('a part of the history is here', () => parts > 3, 60_000);
    await laggard.crash();
    world.network.swallows = () => false;
    const leader = snapshotsOf.get(world.leader!)!;
    const [taken, before, chunks] = [leader.taken, leader.historyRequests.length, world.network.sent['snapshot/chunk']];
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    expect(leader.taken).toBe(taken);
    expect(leader.historyRequests[before]).not.toBeNull();
    expect(world.network.sent['snapshot/chunk']).toBe(chunks);
    expect(snapshots.installs).toHaveLength(1);
  });

  it('fetches anew what it had and what is not what was announced', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    let parts = 0;
    world.network.swallows = (_from, _to, what) => what === 'snapshot/history:answer' && (parts += 1) > 1;
    await laggard.restart();
    await world.clock.until('a part of the history is here', () => parts > 1, 60_000);
    await laggard.crash();
    world.network.swallows = () => false;
    const [directory] = kept(laggard).filter((name) => !name.endsWith('.json'));
    // As a loss of power may leave it: the length is right, the bytes are not.
    truncateSync(join(laggard.snapshotsDirectory, directory!, 'ballast'), 10);
    truncateSync(join(laggard.snapshotsDirectory, directory!, 'ballast'), 1_000_000);
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toHaveLength(1);
  });

  it('takes the snapshot of the next leader when the first is lost in the middle', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    const old = world.leader!;
    world.network.swallows = (_from, _to, what) => what === 'snapshot/history';
    await laggard.restart();
    await world.clock.until('it has begun', () => (world.network.sent['snapshot/history'] ?? 0) > 0, 60_000);
    await old.crash();
    world.network.swallows = () => false;
    await world.clock.until('another leads', () => world.leader !== undefined && world.leader !== old, 60_000);
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toHaveLength(1);
    expect(snapshotsOf.get(world.leader!)!.taken).toBe(1);
  });

  it('leaves a snapshot that the log has overtaken meanwhile', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    const leader = world.leader!;
    await laggard.restart();
    await untilCaughtUp(world, laggard);
    const stale = { index: 30, term: 1, configuration: configuration(['n1#a']) };
    const data = encodeManifest({ id: 'ab'.repeat(16), nodeId: leader.nodeId, files: [] });
    laggard.log.handlers.onMessage(
      { type: 'snapshot', from: leader.member, to: laggard.member, term: 1, snapshot: { ...stale, data } },
      leader.identity,
    );
    await world.clock.advance(200);
    await write(world, 2);
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toHaveLength(1);
    expect(laggard.fatal).toEqual([]);
  });

  it.each(['before', 'after'] as const)('comes back when it dies %s the database has the snapshot', async (moment) => {
    const { world, laggard, snapshots } = await aLaggard();
    let reached = false;
    const dies = async (): Promise<void> => {
      reached = true;
      await new Promise(() => undefined);
    };
    if (moment === 'before') snapshots.beforeInstall = dies;
    else snapshots.afterInstall = dies;
    await laggard.restart();
    await world.clock.until('it installs', () => reached, 60_000);
    await laggard.crash('power');
    snapshots.beforeInstall = snapshots.afterInstall = () => Promise.resolve();
    await laggard.open(configuration([]));
    expect(laggard.log.status().installingIndex).toBe(42);
    await world.clock.settled(laggard.log.stop());
    await laggard.restart();
    expect(laggard.log.status().firstIndex).toBe(moment === 'before' ? 1 : 43);
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toHaveLength(1);
    expect(laggard.fatal).toEqual([]);
  });

  it('is fed by a leader that died while it took a snapshot, once it is back', async () => {
    const { world, laggard } = await aLaggard();
    const leader = world.leader!;
    const source = snapshotsOf.get(leader)!;
    let reached = false;
    source.beforeTake = async () => {
      reached = true;
      await new Promise(() => undefined);
    };
    await laggard.restart();
    await world.clock.until('it takes one', () => reached, 60_000);
    await leader.crash();
    source.beforeTake = () => Promise.resolve();
    await leader.restart();
    expect(kept(leader)).toEqual([]);
    await world.clock.until('somebody leads', () => world.leader !== undefined, 60_000);
    await untilCaughtUp(world, laggard);
  });

  it('waits while no snapshot can be taken, and is told why', async () => {
    const { world, laggard } = await aLaggard();
    const leader = world.leader!;
    const source = snapshotsOf.get(leader)!;
    source.beforeTake = () => Promise.reject(new Error('the database is away'));
    await laggard.restart();
    await world.clock.until('it failed', () => leader.warnings.length > 0, 60_000);
    expect(leader.warnings[0]).toBe('No snapshot could be taken: the database is away');
    source.beforeTake = () => Promise.resolve();
    await untilCaughtUp(world, laggard);
  });

  it('keeps what it needs of the log while it is fed, although the leader releases it', async () => {
    const { world, laggard, snapshots } = await aLaggard();
    world.network.swallows = (_from, _to, what) => what === 'snapshot/history';
    await laggard.restart();
    await world.clock.until('it has begun', () => (world.network.sent['snapshot/history'] ?? 0) > 0, 60_000);
    const { index } = { index: world.leader!.consumer.appliedIndex };
    await write(world, 30);
    expect(world.leader!.log.status().firstIndex).toBeLessThanOrEqual(index + 1);
    world.network.swallows = () => false;
    await untilCaughtUp(world, laggard);
    expect(snapshots.installs).toEqual([{ index, term: 1 }]);
    await world.clock.advance(130_000);
    await write(world, 1);
    expect(world.leader!.log.status().firstIndex).toBeGreaterThan(index + 10);
  });

  it('answers what it had proposed, whose entries are inside the snapshot', async () => {
    const world = await aCluster(3, { snapshotsIn: root, limits: { keptEntries: 4, segmentBytes: 4096 } });
    for (const node of world.nodes) withSnapshots(node);
    for (const node of world.nodes) await node.stop();
    for (const node of world.nodes) await node.restart();
    await world.untilLed();
    const [laggard] = world.followers();
    world.network.swallows = (_from, to, what) => what === 'append' && to === laggard!.nodeId;
    const proposal = laggard!.log.propose(bytes('mine'), { deadlineMs: world.clock.time + 100_000 });
    await world.clock.advance(100);
    await write(world, 40);
    world.clock.realPause = 1;
    await world.clock.advance(1_000);
    world.network.swallows = () => false;
    await untilCaughtUp(world, laggard!);
    expect(await world.clock.settled(proposal)).toMatchObject({ result: expect.stringMatching(/^result/) });
    expect(snapshotsOf.get(laggard!)!.installs).toHaveLength(1);
  });
});

describe('the name of a snapshot', () => {
  const manifest = { id: '0'.repeat(32), nodeId: 'n1', files: [{ name: 'current', size: 1, sha256: 'x' }] };

  it('travels as it is', () => {
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  it.each(['../x', '/etc/passwd', '.hidden', 'history', '', 'a/b', 'a'.repeat(200)])(
    'is refused with a file called %p',
    (name) => {
      const hostile = encodeManifest({ ...manifest, files: [{ name, size: 1, sha256: 'x' }] });
      expect(() => decodeManifest(hostile)).toThrow(RangeError);
    },
  );

  it.each(['../../x', '', 'ab', 'Z'.repeat(32)])('is refused with the id %p', (id) => {
    expect(() => decodeManifest(encodeManifest({ ...manifest, id }))).toThrow(RangeError);
  });

  it('comes in parts that are checked', () => {
    const body = encodePart(Buffer.from('a part'), 'next');
    expect(decodePart(body)).toEqual({ part: Buffer.from('a part'), next: 'next' });
    body[body.length - 1]! ^= 1;
    expect(() => decodePart(body)).toThrow('damaged');
  });
});
