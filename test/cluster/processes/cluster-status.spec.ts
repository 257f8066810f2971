import { agreedLeader, difference } from './cluster-status';
import type { ClusterStatus } from './cluster-status';

const voters = ['node-1', 'node-2', 'node-3'];

function status(nodeId: string, more: Partial<ClusterStatus> = {}): ClusterStatus {
  const members = voters.map((id) => ({ id, role: 'voter' as const })) as unknown as ClusterStatus['members'];
  return {
    ...{ clusterId: 'c', nodeId, role: 'follower', term: 4, leaderId: 'node-1', members },
    ...{ commitIndex: 9, appliedIndex: 9, flushedIndex: 9, stateHash: 'a' },
    ...more,
  };
}

const leader = status('node-1', { role: 'leader' });

describe('what nodes say of their cluster', () => {
  it('names the leader that a majority follows', () => {
    expect(agreedLeader([leader, status('node-2')])).toBe('node-1');
    expect(agreedLeader([leader, status('node-2', { leaderId: null })])).toBeUndefined();
    expect(agreedLeader([leader, status('node-2', { term: 3 })])).toBeUndefined();
    expect(agreedLeader([status('node-2'), status('node-3')])).toBeUndefined();
  });

  it('prefers the leader of the newer term, and counts no learner', () => {
    const newer = status('node-2', { role: 'leader', term: 5, leaderId: 'node-2' });
    const follower = status('node-3', { term: 5, leaderId: 'node-2' });
    expect(agreedLeader([leader, newer, follower])).toBe('node-2');
    expect(agreedLeader([leader, status('node-4', { role: 'learner' })])).toBeUndefined();
  });

  it('tells a difference in what is applied, stored or held', () => {
    expect(difference([leader, status('node-2')])).toBeUndefined();
    for (const more of [{ appliedIndex: 8 }, { flushedIndex: 8 }, { stateHash: 'b' }, { commitIndex: 10 }])
      expect(difference([leader, status('node-2', more)])).toContain('node-2');
  });
});
