import type { ClusterMemberEntity, Standing } from './cluster-member.entity';
import type { MemberProgress } from './membership.rules';
import { nextChange } from './membership.rules';

const member = (nodeId: string, standing: Standing): ClusterMemberEntity => ({
  ...{ nodeId, standing, incarnation: 'a', raftAddress: '', apiAddress: '', version: '', clusterVersion: 1 },
  ...{ modIndex: 1, createdAt: '', createdBy: null, updatedAt: '', updatedBy: null },
});
const inForce = (voters: string[], learners: string[] = [], outgoing: string[] = []) => ({
  ...{ voters: voters.map(id), learners: learners.map(id), outgoing: outgoing.map(id) },
  ...{ learnersNext: [], autoLeave: true },
});
const id = (nodeId: string): string => `${nodeId}#a`;
const at = (nodeId: string, match: number, isActive = true): MemberProgress => ({
  member: id(nodeId),
  match,
  isActive,
});
const one = (type: string, nodeId: string) => ({ changes: [{ type, member: id(nodeId) }] });

const both = [member('1', 'voter'), member('2', 'voter')];

describe('the way to the wanted membership', () => {
  it('is at its end when all are what they are meant to be', () => {
    const members = [...both, member('3', 'learner'), member('4', 'removed')];
    expect(nextChange(members, inForce(['1', '2'], ['3']), [], 10)).toBeUndefined();
  });

  it('takes a new node in as a learner', () => {
    expect(nextChange(both, inForce(['1']), [], 10)).toMatchObject(one('add-learner', '2'));
  });

  it.each([
    ['too far behind', at('2', 100)],
    ['silent', at('2', 5_000, false)],
    ['unknown', at('3', 5_000)],
  ])('gives a learner that is %s no vote yet', (_why, progress) => {
    expect(nextChange(both, inForce(['1'], ['2']), [progress], 5_000)).toBeUndefined();
  });

  it('gives a learner that has caught up its vote', () => {
    expect(nextChange(both, inForce(['1'], ['2']), [at('2', 4_900)], 5_000)).toMatchObject(one('add-voter', '2'));
  });

  it('takes a vote back', () => {
    const members = [member('1', 'voter'), member('2', 'learner')];
    expect(nextChange(members, inForce(['1', '2']), [], 10)).toMatchObject(one('add-learner', '2'));
  });

  it('removes first, so that a dead voter counts no longer than it must', () => {
    const members = [member('1', 'voter'), member('2', 'removed'), member('3', 'voter')];
    const progress = [at('3', 5_000)];
    expect(nextChange(members, inForce(['1', '2'], ['3']), progress, 5_000)).toMatchObject(one('remove', '2'));
  });

  it('waits while two configurations are joined', () => {
    expect(nextChange(both, inForce(['1'], [], ['1', '9']), [], 10)).toBeUndefined();
  });

  it('leaves alone what it knows nothing of', () => {
    expect(nextChange([member('1', 'voter')], inForce(['1', '7'], ['8']), [], 10)).toBeUndefined();
  });
});
