import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorCommand } from '../support/operator-command';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { replyText } from './clients/request';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterStatus } from './processes/cluster-status';

/** The operator's command, with the environment of the node. */
const recover = async (node: ClusterNode, ...given: readonly string[]) =>
  new OperatorCommand('recover', given, await node.environment()).ended;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The log of the node, byte by byte, and what its database says of whose it is and where it stands. */
async function whatItHolds(node: ClusterNode): Promise<object> {
  const log = join(node.dataDir, 'log');
  const files = readdirSync(node.dataDir).sort();
  const segments = readdirSync(log)
    .filter((name) => name.endsWith('.wal'))
    .map((name) => [name, sha256(readFileSync(join(log, name)))]);
  const meta = await node.query('SELECT * FROM raft_meta');
  const members = await node.query('SELECT * FROM cluster_members ORDER BY 1');
  return { files, segments, meta, members };
}

/** By these an operator decides. */
const warnings = (kept: string, lost: readonly string[], lastIndex: number): readonly string[] => [
  'If it can be brought back, bring it back: then nothing is lost.',
  'What can be lost:',
  `every write after index ${lastIndex}: the others may have acknowledged writes that ${kept} never received`,
  'every write that this node never stored',
  'Run this on the node with the greatest last term, and among those the greatest last index.',
  'What can come into being:',
  `entries that ${kept} stored and no majority ever acknowledged are kept`,
  `${lost.join(', ')}: never start them again as they are.`,
];
const howToGoOn = 'Nothing was changed. To go on: npm run recover -- --yes';

describe('a lost quorum', () => {
  it(
    'is given up by an explicit command on the node that is left, and the cluster grows again from it',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'quorum', ['one', 'two']);
        const writers = await startedWriters(cluster.admin, place, () => cluster.running.map(({ url }) => url));
        await Promise.all(writers.map((writer) => writer.next()));
        await Promise.all(writers.map((writer) => writer.pause()));
        await cluster.converged();
        const acknowledged = Math.max(...writers.map(({ acknowledgedIndex }) => acknowledgedIndex));
        const [kept, ...lost] = cluster.nodes as [ClusterNode, ...ClusterNode[]];
        for (const node of lost) {
          await node.kill();
          await node.wipe();
        }
        const reply = await cluster.admin.send(kept.url, 'GET', '/v1/projects', { timeoutMs: 15_000 });
        expect(reply.type === 'answer' ? reply.status : replyText(reply)).toBe(503);
        await kept.kill();
        const before = await whatItHolds(kept);
        const looked = await recover(kept);
        const lastIndex = Number(/last index +(\d+)/.exec(looked.output)?.[1]);
        const warned = warnings(
          kept.id,
          lost.map(({ id }) => id),
          lastIndex,
        );
        const unsaidIn = (output: string) => warned.filter((warning) => !output.includes(warning));
        expect({ code: looked.code, unsaid: unsaidIn(looked.output) }).toEqual({ code: 0, unsaid: [] });
        expect(looked.output).toContain(howToGoOn);
        expect(looked.output).not.toContain('Done.');
        expect(lastIndex).toBeGreaterThanOrEqual(acknowledged);
        expect(await whatItHolds(kept)).toEqual(before);
        const done = await recover(kept, '--yes');
        expect({ code: done.code, unsaid: unsaidIn(done.output) }).toEqual({ code: 0, unsaid: [] });
        expect(done.output).toContain(`Done. ${kept.id} is the only voter of the new cluster`);
        expect(await whatItHolds(kept)).not.toEqual(before);
        await kept.start();
        const { members } = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
        expect(members.map(({ id, role }) => [id, role])).toEqual([[kept.id, 'voter']]);
        for (const writer of writers) writer.start();
        for (const id of ['node-4', 'node-5']) await (await cluster.join(id)).start();
        await cluster.eventually('three vote', async () => {
          const status = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
          return status.members.filter(({ role }) => role === 'voter').length === 3 ? true : undefined;
        });
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged(cluster.running);
      }),
    240_000,
  );
});
