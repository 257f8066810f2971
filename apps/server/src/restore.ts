import 'reflect-metadata';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { requireEmptyCluster } from './backup/empty-cluster.rules';
import type { CheckedBackup, Restored } from './backup/restore-backup';
import { withBackup } from './backup/restore-backup';
import type { StoppedNode } from './backup/stopped-node';
import { onStoppedNode, runCommand, say, WrongUsage } from './operator-command';

/** `npm run restore -- FILE`: a backup becomes the state of this node, which is empty and does not run. */
async function restore(file: string | undefined): Promise<void> {
  if (file === undefined || file.startsWith('-')) throw new WrongUsage('Usage: npm run restore -- FILE');
  await access(file).catch(() => {
    throw new WrongUsage(`There is no file ${file} that can be read.`);
  });
  await onStoppedNode(async (node, { dataDir }) => {
    const { nodeId, registry } = node;
    const spool = join(dataDir, 'spool');
    await withBackup(createReadStream(file), { spool, nodeId, registry }, async (checked) => {
      const { machine } = await node.state();
      requireEmptyCluster(machine.state, node.membersOf(machine).length);
      describe(checked);
      report(await installed(node, checked), checked, nodeId);
    });
  });
}

function installed(node: StoppedNode, { begin, install }: CheckedBackup): Promise<Restored> {
  return node.replace(begin, () => install(node.dataSource, node.registry));
}

function describe({ backup, rows }: CheckedBackup): void {
  const { nodeId, clusterId, takenAt, release, index, stateHash } = backup;
  say(
    `The backup is whole: ${rows} rows at index ${index}, taken at ${takenAt}`,
    `by ${nodeId} of cluster ${clusterId} (release ${release}), state hash ${stateHash}.`,
    '',
  );
}

function report({ index, stateHash, clusterId }: Restored, { backup }: CheckedBackup, nodeId: string): void {
  if (stateHash !== backup.stateHash) throw new Error(`the restored state has the hash ${stateHash}`);
  say(
    'Restored.',
    `  cluster     ${clusterId} (new; ${nodeId} is its only voter)`,
    `  index       ${index}`,
    `  state hash  ${stateHash} (that of the backup)`,
    '',
    'Next: start this node. Users and passwords are those of the backup, for administrators too.',
    'Other nodes join with CLUSTER_JOIN, each with an empty DATA_DIR and an empty database.',
  );
}

void runCommand(() => restore(process.argv[2]));
