import { setTimeout as wait } from 'node:timers/promises';
import { Tap } from '../../libs/raft-node/test/a-tap';
import { Chance } from '../sim/chance';
import type { RetryingWriter } from './clients/retrying-writer';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { clusterSecret } from './processes/cluster-of-processes';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';
import { refusedConnections } from './processes/refused-connections';
import { dialAs, FRAME_HEADER_BYTES, header, Stranger } from './strangers/stranger';

const seed = Number(process.env.CLUSTER_SEED ?? Date.now() % 1_000_000);
const hello = 1;
/** Longer than a handshake may take. */
const patienceMs = 20_000;
/** Longer than it takes to elect another leader. */
const calmMs = 2_000;

interface Scene {
  readonly cluster: ClusterOfProcesses;
  readonly target: ClusterNode;
  readonly writers: readonly RetryingWriter[];
}

/** Does it, and waits until the node has counted so many more connections that it closed for this reason. */
async function refuses({ cluster, target }: Scene, reason: string, least: number, act: () => Promise<void>) {
  const count = async (): Promise<number> => (await refusedConnections(target))[reason] ?? 0;
  const before = await count();
  await act();
  await cluster.eventually(
    `${least} more refused: ${reason}`,
    async () => ((await count()) >= before + least ? true : undefined),
    patienceMs,
  );
}

async function randomBytes({ cluster, target }: Scene): Promise<void> {
  const chance = new Chance(seed);
  const before = total(await refusedConnections(target));
  for (let n = 0; n < 60; n += 1) {
    const bytes = Buffer.from(Array.from({ length: chance.between(8, 6_000) }, () => chance.below(256)));
    // Half of them with a header that lets them in.
    if (n % 2 === 0) header(chance.between(1, 4), Math.min(bytes.length - FRAME_HEADER_BYTES, 4_000)).copy(bytes);
    new Stranger(target.raftAddress).end(bytes);
  }
  await cluster.eventually(
    'nearly all of them are refused',
    async () => (total(await refusedConnections(target)) >= before + 55 ? true : undefined),
    patienceMs,
  );
}

/** Bytes that come so slowly that the frame never ends, on many connections at once. */
async function slowLoris(scene: Scene): Promise<void> {
  const strangers = Array.from({ length: 20 }, () => new Stranger(scene.target.raftAddress));
  for (const stranger of strangers) stranger.write(header(hello, 4_000));
  const drip = setInterval(() => {
    for (const stranger of strangers) stranger.write(Buffer.from([0x20]));
  }, 200);
  await refuses(scene, 'slow', strangers.length, async () => undefined);
  clearInterval(drip);
  await scene.cluster.eventually('all are closed', () => (strangers.every(({ isGone }) => isGone) ? true : undefined));
}

const oversized = (scene: Scene): Promise<void> =>
  refuses(scene, 'frame-too-large', 1, async () => {
    const stranger = new Stranger(scene.target.raftAddress);
    stranger.write(header(hello, 0x7fff_ffff));
    await scene.cluster.eventually('it is closed at its header', () => (stranger.isGone ? true : undefined));
  });

const wrongSecret = (scene: Scene): Promise<void> =>
  refuses(scene, 'secret', 1, async () => {
    const refused = dialAs({ secret: 'not the secret of this cluster', clusterId: null }, scene.target.raftAddress);
    await expect(refused).rejects.toMatchObject({ code: 'refused' });
  });

const wrongCluster = (scene: Scene): Promise<void> =>
  refuses(scene, 'cluster', 1, async () => {
    const refused = dialAs({ secret: clusterSecret, clusterId: 'another-cluster' }, scene.target.raftAddress);
    await expect(refused).rejects.toMatchObject({ code: 'refused' });
  });

/** What a peer said to the node over an authenticated connection, word for word and more than once. */
async function replayed(scene: Scene): Promise<void> {
  const { cluster, target, writers } = scene;
  const tap = await new Tap(target.raftAddress).open();
  await target.stop();
  await target.start({ RAFT_ADVERTISE: tap.address });
  const said = await cluster.eventually('a peer has said something to it through the tap', () =>
    tap.connections.find(({ fromDialler }) => Buffer.concat(fromDialler).length > 20_000),
  );
  await Promise.all(writers.map((writer) => writer.next()));
  const recorded = Buffer.concat(said.fromDialler);
  for (let round = 0; round < 3; round += 1)
    await refuses(scene, 'secret', 1, async () => {
      const stranger = new Stranger(target.raftAddress);
      stranger.write(recorded);
      await cluster.eventually('it is closed', () => (stranger.isGone ? true : undefined));
    });
  // Back to its own address before the tap is gone.
  await target.stop();
  await target.start();
  await tap.close();
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('the peer port of a node, among strangers', () => {
  it(
    'refuses and counts whatever they say, the recorded words of a peer too, without effect on the cluster',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'strangers', ['one', 'two']);
        const writers = await startedWriters(cluster.admin, place, () => cluster.nodes.map(({ url }) => url));
        const leader = await cluster.leader();
        const before = await cluster.status(leader);
        // The one whom it would hurt most.
        const scene = { cluster, target: leader, writers };
        for (const attack of [randomBytes, slowLoris, oversized, wrongSecret, wrongCluster]) await attack(scene);
        await wait(calmMs);
        await Promise.all(writers.map((writer) => writer.next()));
        const after = await cluster.status(leader);
        expect([after?.term, after?.leaderId]).toEqual([before?.term, leader.id]);
        console.log(`seed ${seed}: refused by the leader ${JSON.stringify(await refusedConnections(leader))}`);

        const [follower] = (await cluster.followers()) as [ClusterNode];
        await replayed({ ...scene, target: follower });
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
        const { members } = await cluster.admin.do('GET', '/v1/cluster');
        expect(members).toHaveLength(3);
      }),
    240_000,
  );
});
