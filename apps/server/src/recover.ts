import 'reflect-metadata';
import type { Recovery } from './backup/recover-node';
import { recover, recoveryOf } from './backup/recover-node';
import { onStoppedNode, runCommand, say, WrongUsage } from './operator-command';

/** `npm run recover [-- --yes]`: this node goes on alone after its cluster has lost its quorum for good. */
async function recoverNode(given: readonly string[]): Promise<void> {
  const isMeant = given[0] === '--yes';
  if (given.length > (isMeant ? 1 : 0)) throw new WrongUsage('Usage: npm run recover [-- --yes]');
  await onStoppedNode(async (node) => {
    const recovery = await recoveryOf(node);
    describe(recovery);
    warn(recovery);
    if (!isMeant) {
      say('', 'Nothing was changed. To go on: npm run recover -- --yes');
      return;
    }
    const { clusterId } = await recover(node, recovery);
    say(
      '',
      `Done. ${node.nodeId} is the only voter of the new cluster ${clusterId}. What the others alone held is lost.`,
      `Next: start this node. The log of the old cluster was kept beside the new one, in DATA_DIR.`,
    );
  });
}

function describe({ identity, stored, lastIndex, lastTerm, term, lastAt, others }: Recovery): void {
  const members = others.map(({ nodeId, row }) => (row ? `${nodeId} (${row.standing}, ${row.raftAddress})` : nodeId));
  say(
    `${identity.nodeId} of cluster ${identity.clusterId} holds`,
    `  last index     ${lastIndex}, of term ${lastTerm}, written at ${lastAt}`,
    `  newest term    ${term}`,
    `  applied index  ${stored.index} in its database; the log goes on from there`,
    `Other members: ${members.join(', ')}`,
    '',
  );
}

function warn({ identity, lastIndex, others }: Recovery): void {
  const names = others.map(({ nodeId }) => nodeId).join(', ');
  say(
    'This is for a cluster whose majority is lost for good. If it can be brought back, bring it back: then nothing is lost.',
    'What can be lost:',
    `  - every write after index ${lastIndex}: the others may have acknowledged writes that ${identity.nodeId} never received;`,
    '  - every write that this node never stored. Nobody can tell here whether there are any.',
    `  Run this on the node with the greatest last term, and among those the greatest last index.`,
    'What can come into being:',
    `  - entries that ${identity.nodeId} stored and no majority ever acknowledged are kept, and count from now on.`,
    'What is done:',
    `  - ${identity.nodeId} becomes the only voter of a new cluster and keeps its state. Its indexes go on 10^9 further,`,
    '    so that nothing the old cluster told after that index is taken for something of the new one;',
    `  - ${names}: never start them again as they are. Empty their DATA_DIR and their database, and let them join`,
    '    with CLUSTER_JOIN. As long as they are not emptied they answer for the old cluster, and refuse the new one.',
  );
}

void runCommand(() => recoverNode(process.argv.slice(2)));
