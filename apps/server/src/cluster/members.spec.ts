import { aMachine } from '../../../../test/support/state-machine';
import { createFirstAdmin } from '../users/commands/create-first-admin.command';
import { usersFeature } from '../users/users.feature';
import { clusterFeature } from './cluster.feature';
import { clusterMembers } from './cluster-members.table';
import { addMember } from './commands/add-member.command';
import { announceMember } from './commands/announce-member.command';
import { demoteMember } from './commands/demote-member.command';
import { promoteMember } from './commands/promote-member.command';
import { removeMember } from './commands/remove-member.command';
import { transferLeadership } from './commands/transfer-leadership.command';

const node = (nodeId: string, incarnation = 'first', raftAddress = `${nodeId}:7400`) => ({
  ...{ nodeId, incarnation, raftAddress },
  apiAddress: `http://${nodeId}:8080`,
  version: '1.0.0',
  clusterVersion: 1,
});
const admin = { actor: 'root' };

function aCluster(...nodeIds: readonly string[]) {
  const machine = aMachine(usersFeature, clusterFeature);
  machine.run(createFirstAdmin, { userId: 'root', email: 'root@example.com', passwordHash: 'hash' });
  for (const nodeId of nodeIds) machine.run(announceMember, node(nodeId));
  return machine;
}

describe('the members of a cluster', () => {
  it('are voters as soon as they have announced themselves, and move', () => {
    const machine = aCluster('node-1');
    machine.run(announceMember, node('node-1', 'first', 'elsewhere:7400'));
    expect(machine.state.of(clusterMembers).get('node-1')).toMatchObject({
      standing: 'voter',
      raftAddress: 'elsewhere:7400',
    });
  });

  it('are learners from the first when they want no vote, and what they want later changes nothing', () => {
    const machine = aCluster('node-1', 'node-2');
    machine.run(announceMember, { ...node('node-3'), role: 'learner' });
    machine.run(addMember, { ...node('node-4'), role: 'learner' }, admin);
    machine.run(announceMember, { ...node('node-2'), role: 'learner' });
    const standing = () => [...machine.state.of(clusterMembers).all()].map((member) => member.standing);
    expect(standing()).toEqual(['voter', 'voter', 'learner', 'learner']);
    machine.run(promoteMember, { nodeId: 'node-3' }, admin);
    machine.run(announceMember, { ...node('node-3'), role: 'learner' });
    expect(standing()).toEqual(['voter', 'voter', 'voter', 'learner']);
    expect(machine.state.of(clusterMembers).get('node-4')).not.toHaveProperty('role');
  });

  it('keep their standing when they announce themselves again', () => {
    const machine = aCluster('node-1', 'node-2');
    machine.run(demoteMember, { nodeId: 'node-2' }, admin);
    machine.run(announceMember, node('node-2'));
    expect(machine.state.of(clusterMembers).get('node-2')?.standing).toBe('learner');
  });

  it('never share a node id with another life of its disk, nor with a member that was removed', () => {
    const machine = aCluster('node-1', 'node-2');
    expect(machine.refused(addMember, node('node-2', 'second'), admin)).toBe('node-id-used');
    machine.run(removeMember, { nodeId: 'node-2' }, admin);
    expect(machine.refused(addMember, node('node-2', 'second'), admin)).toBe('node-id-used');
    expect(machine.refused(announceMember, node('node-2'))).toBe('node-id-used');
  });

  it('always have a voter among them', () => {
    const machine = aCluster('node-1', 'node-2');
    machine.run(demoteMember, { nodeId: 'node-2' }, admin);
    expect(machine.refused(demoteMember, { nodeId: 'node-1' }, admin)).toBe('last-voter');
    expect(machine.refused(removeMember, { nodeId: 'node-1' }, admin)).toBe('last-voter');
    machine.run(promoteMember, { nodeId: 'node-2' }, admin);
    machine.run(removeMember, { nodeId: 'node-1' }, admin);
  });

  it('are changed by a system administrator alone, and each change is on record', () => {
    const machine = aCluster('node-1', 'node-2');
    expect(machine.refused(removeMember, { nodeId: 'node-2' }, { actor: 'nobody' })).toBe('unauthenticated');
    const { changes, events } = machine.append(demoteMember, { nodeId: 'node-2' }, admin);
    expect(changes.find(({ table }) => table.name === 'audit_records')?.after).toMatchObject({
      actorId: 'root',
      command: 'member.demote@1',
      summary: 'take the vote of the node node-2',
    });
    expect(events).toMatchObject([{ type: 'member.changed' }]);
  });

  it('can be given leadership when they vote', () => {
    const machine = aCluster('node-1', 'node-2', 'node-3');
    machine.run(demoteMember, { nodeId: 'node-3' }, admin);
    machine.run(transferLeadership, { to: 'node-2' }, admin);
    machine.run(transferLeadership, { to: null }, admin);
    expect(machine.refused(transferLeadership, { to: 'node-3' }, admin)).toBe('member-not-found');
    expect(machine.refused(transferLeadership, { to: 'node-4' }, admin)).toBe('member-not-found');
  });

  it('take no part in the state hash', () => {
    const [one, other] = [aCluster(), aCluster()];
    const before = one.machine.position.rowHash;
    one.run(announceMember, node('node-1'));
    other.run(announceMember, node('node-2'));
    expect([one, other].map(({ machine }) => machine.position.rowHash)).toEqual([before, before]);
  });
});
