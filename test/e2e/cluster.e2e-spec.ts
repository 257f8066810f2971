import { LogError } from '@config-guardian/raft-node';
import { WaitingNodes } from '../../apps/server/src/cluster/waiting-nodes';
import { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { freePort } from '../support/node-process';
import { eventually } from '../support/postgres-directory';
import { problemIn } from '../support/problem';
import type { Session, World } from '../support/world';
import { aWorld } from '../support/world';

const node = { id: 'node-2', raftAddress: '127.0.0.1:7402', apiAddress: 'http://127.0.0.1:8082' };

/** What several nodes do together is in test/cluster; here is what one node answers. */
describe('a group of one', () => {
  let world: World;
  let raftAddress: string;
  beforeAll(async () => {
    raftAddress = `127.0.0.1:${await freePort()}`;
    world = await aWorld({ CLUSTER_SECRET: 'a secret of the tests', RAFT_LISTEN: raftAddress, NODE_ID: 'solo' });
  }, 60_000);
  afterAll(() => world.close());

  const changed = (path: string, body?: object) => world.asAdmin('post', `/v1/cluster${path}`).send(body);

  it('shows itself, to any user', async () => {
    const user = await world.aUser();
    const { body } = await world.as(user, 'get', '/v1/cluster').expect(200);
    expect(body).toMatchObject({
      clusterId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      nodeId: 'solo',
      role: 'leader',
      leaderId: 'solo',
      appliedIndex: body.commitIndex,
      stateHash: expect.stringMatching(/^[0-9a-f]+$/),
      members: [{ id: 'solo', raftAddress, role: 'voter', isLeader: true, lastContactMs: 0 }],
    });
    expect(body.members[0].matchIndex).toBeGreaterThan(0);
    const local = await world.as(user, 'get', '/v1/cluster?consistency=local').expect(200);
    expect(local.body.members[0]).toMatchObject({ id: 'solo', isLeader: true });
  });

  it('is on record as a member', async () => {
    const { body } = await world.asAdmin('get', '/v1/audit?command=member.announce').expect(200);
    expect(body.items).toMatchObject([{ actorId: null, subject: { type: 'member', id: 'solo' }, outcome: 'applied' }]);
  });

  it('keeps its only voter', async () => {
    problemIn(await world.asAdmin('delete', '/v1/cluster/members/solo'), 409, 'last-voter');
    problemIn(await changed('/members/solo/demote'), 409, 'last-voter');
    problemIn(await changed('/leader/transfer'), 409, 'last-voter');
    expect((await changed('/members/solo/promote').expect(200)).body.members).toHaveLength(1);
    expect((await changed('/leader/transfer', { to: 'solo' }).expect(200)).body.leaderId).toBe('solo');
  });

  it('takes in nobody who does not wait there', async () => {
    const closed = `127.0.0.1:${await freePort()}`;
    const { detail } = problemIn(await changed('/members', { ...node, raftAddress: closed }), 409, 'node-not-joinable');
    expect(detail).toMatch(/^No waiting node answers: .*ECONNREFUSED/);
    const own = problemIn(await changed('/members', { ...node, raftAddress }), 409, 'node-not-joinable');
    expect(own.detail).toBe(`The node at ${raftAddress} is solo, not node-2.`);
    const { body } = await changed('/members', { ...node, id: 'solo', raftAddress }).expect(200);
    expect(body.members).toHaveLength(1);
  });

  it.each([
    ['/id', { ...node, id: 'node#2' }],
    ['/raftAddress', { ...node, raftAddress: '127.0.0.1' }],
    ['/raftAddress', { ...node, raftAddress: '127.0.0.1:99999' }],
    ['/apiAddress', { ...node, apiAddress: 'ftp://x' }],
  ])('refuses a wrong %s', async (pointer, body) => {
    expect(problemIn(await changed('/members', body), 400, 'validation-failed').errors).toMatchObject([{ pointer }]);
  });

  it('repeats the outcome of a repeated request', async () => {
    const promote = () => changed('/members/solo/promote').set('Idempotency-Key', 'once');
    await promote().expect(200);
    const before = await world.asAdmin('get', '/v1/cluster').expect(200);
    await promote().expect(200);
    const after = await world.asAdmin('get', '/v1/cluster').expect(200);
    expect(after.body.commitIndex).toBe(before.body.commitIndex);
  });

  it('makes one change at a time, and takes nobody in under the node id of another life', async () => {
    const waits = (incarnation: string) =>
      // What a node that waits there would say of itself.
      jest
        .spyOn(world.app.get(WaitingNodes), 'find')
        .mockResolvedValue({ ...identity, nodeId: node.id, incarnation, version: '1', clusterVersion: 1_000 });
    const { id: _, ...identity } = node;
    const stalled = jest.spyOn(world.app.get(ConsensusNode).log, 'changeMembership');
    try {
      waits('first-life');
      stalled.mockRejectedValue(new LogError('no-leader', 'Nothing is changed now.'));
      const added = changed('/members', node).then((answer) => answer);
      const isMember = () => world.asAdmin('get', '/v1/audit?command=member.add').then(({ body }) => body.items[0]);
      await eventually('it is decided', isMember);
      problemIn(await changed('/members/solo/promote'), 409, 'membership-change-pending');
      stalled.mockRestore();
      expect((await added).body.members).toMatchObject([{ id: node.id, role: 'learner' }, { id: 'solo' }]);
      waits('second-life');
      problemIn(await changed('/members', node), 409, 'node-id-used');
      const gone = await world.asAdmin('delete', `/v1/cluster/members/${node.id}`).expect(200);
      expect(gone.body.members).toMatchObject([{ id: 'solo' }]);
      problemIn(await changed('/members', node), 409, 'node-id-used');
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('is changed by system administrators alone', async () => {
    const user: Session = await world.aUser();
    problemIn(await world.as(user, 'post', '/v1/cluster/members').send(node), 403, 'forbidden');
    problemIn(await world.http('get', '/v1/cluster'), 401, 'unauthenticated');
  });
});
