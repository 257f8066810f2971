import { addMember } from '../../apps/server/src/cluster/commands/add-member.command';
import { announceMember } from '../../apps/server/src/cluster/commands/announce-member.command';
import { demoteMember } from '../../apps/server/src/cluster/commands/demote-member.command';
import { promoteMember } from '../../apps/server/src/cluster/commands/promote-member.command';
import { raiseVersion } from '../../apps/server/src/cluster/commands/raise-version.command';
import { removeMember } from '../../apps/server/src/cluster/commands/remove-member.command';
import { transferLeadership } from '../../apps/server/src/cluster/commands/transfer-leadership.command';
import { succeedCluster } from '../../apps/server/src/consensus/succession/succeed-cluster.command';
import type { GoldenStep } from './golden-step';
import { step } from './golden-step';

const node = (nodeId: string, incarnation = 'first') => ({
  ...{ nodeId, incarnation },
  raftAddress: `${nodeId}.example:7400`,
  apiAddress: `http://${nodeId}.example:8080`,
  version: '1.0.0',
  clusterVersion: 1,
});

export const clusterSteps: readonly GoldenStep[] = [
  step('announce', announceMember, node('node-1')),
  step('announce-other-life', announceMember, node('node-1', 'second')),
  step('add', addMember, node('node-2'), 'root'),
  step('add-by-editor', addMember, node('node-3'), 'bob'),
  step('demote', demoteMember, { nodeId: 'node-2' }, 'root'),
  step('demote-last', demoteMember, { nodeId: 'node-1' }, 'root'),
  step('promote', promoteMember, { nodeId: 'node-2' }, 'root'),
  step('promote-missing', promoteMember, { nodeId: 'node-3' }, 'root'),
  step('transfer', transferLeadership, { to: 'node-2' }, 'root'),
  step('transfer-nowhere', transferLeadership, { to: 'node-3' }, 'root'),
  step('remove', removeMember, { nodeId: 'node-2' }, 'root'),
  step('raise-version-too-far', raiseVersion, { clusterVersion: 2 }),
  step('raise-version-as-it-is', raiseVersion, { clusterVersion: 1 }),
  step('remove-last', removeMember, { nodeId: 'node-1' }, 'root'),
  step('succeed', succeedCluster, { clusterId: 'former', succession: 'restored', lastIndex: 41 }),
];
