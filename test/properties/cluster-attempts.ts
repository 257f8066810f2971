import { addMember } from '../../apps/server/src/cluster/commands/add-member.command';
import { announceMember } from '../../apps/server/src/cluster/commands/announce-member.command';
import { demoteMember } from '../../apps/server/src/cluster/commands/demote-member.command';
import { promoteMember } from '../../apps/server/src/cluster/commands/promote-member.command';
import { raiseVersion } from '../../apps/server/src/cluster/commands/raise-version.command';
import { removeMember } from '../../apps/server/src/cluster/commands/remove-member.command';
import { transferLeadership } from '../../apps/server/src/cluster/commands/transfer-leadership.command';
import { succeedCluster } from '../../apps/server/src/consensus/succession/succeed-cluster.command';
import type { Maker } from './attempt';
import { makes } from './attempt';
import type { Surroundings } from './surroundings';
import { text } from './texts';

const node = (a: Surroundings) => ({
  ...{ nodeId: a.nodeId(), incarnation: a.pick.of(['first', 'first', 'second']) },
  raftAddress: text(a.pick, 'address'),
  apiAddress: text(a.pick, 'url'),
  version: '1.0.0',
  clusterVersion: 1,
});

export const cluster: readonly Maker[] = [
  makes(announceMember, node),
  makes(addMember, node),
  makes(promoteMember, (a) => ({ nodeId: a.nodeId() })),
  makes(demoteMember, (a) => ({ nodeId: a.nodeId() })),
  makes(removeMember, (a) => ({ nodeId: a.nodeId() })),
  // No member runs a newer build, so the second is recorded and changes nothing.
  makes(raiseVersion, (a) => ({ clusterVersion: a.pick.of([1, 2]) })),
  makes(succeedCluster, (a) => ({
    clusterId: a.pick.of(['first', 'second']),
    succession: a.pick.of(['restored', 'recovered'] as const),
    lastIndex: a.pick.below(1_000),
  })),
  makes(transferLeadership, (a) => ({ to: a.orNull(() => a.nodeId()) })),
];
