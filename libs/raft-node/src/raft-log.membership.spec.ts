import { configuration } from '@config-guardian/raft';
import type { MemberChange, MembershipChange } from '@config-guardian/raft';
import type { Cluster, ClusterNode } from '../test/a-cluster';
import { aCluster, codeOf, timesApplied } from '../test/a-cluster';
import { bytes } from '../test/recording-consumer';
import type { LogError } from './replicated-log';

const change = (...changes: MemberChange[]): MembershipChange => ({ type: 'change', changes, transition: 'auto' });

describe('the log of three nodes: membership', () => {
  const learner = (node: ClusterNode): MemberChange => ({ type: 'add-learner', member: node.member });
  const voter = (node: ClusterNode): MemberChange => ({ type: 'add-voter', member: node.member });
  const gone = (node: ClusterNode): MemberChange => ({ type: 'remove', member: node.member });

  async function withAFourth(): Promise<{ world: Cluster; fourth: ClusterNode }> {
    const world = await aCluster(3);
    await world.clock.settled(world.leader!.log.propose(bytes('early')));
    const fourth = world.addNode();
    await fourth.start(configuration([]));
    return { world, fourth };
  }

  it('takes a learner in, promotes it, demotes and removes it, asked on any node', async () => {
    const { world, fourth } = await withAFourth();
    const [follower] = world.followers();
    await world.clock.settled(follower!.log.changeMembership(change(learner(fourth))));
    await world.untilEqual();
    expect(fourth.consumer.commands).toEqual(['early']);
    expect(fourth.log.status()).toMatchObject({ role: 'learner', learners: ['n4'] });
    await world.clock.settled(fourth.log.changeMembership(change(voter(fourth))));
    await world.clock.advance(200);
    const { members, voters } = world.leader!.log.status();
    expect(voters).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(members.map(({ nodeId, state }) => `${nodeId} ${state}`)).toContain('n4 replicate');
    for (const { lastContactMs, matchIndex } of members) {
      expect(lastContactMs).toBeLessThan(150);
      expect(matchIndex).toBe(world.leader!.log.status().lastIndex);
    }
    await world.clock.settled(world.leader!.log.changeMembership(change(learner(fourth))));
    await world.clock.settled(world.leader!.log.changeMembership(change(gone(fourth))));
    expect(JSON.parse(world.leader!.consumer.membership)).toEqual(configuration(['n1#a', 'n2#a', 'n3#a']));
  });

  it('replaces a node by another through a joint configuration, and resolves when that is left', async () => {
    const { world, fourth } = await withAFourth();
    const [follower] = world.followers();
    await world.clock.settled(world.leader!.log.changeMembership(change(learner(fourth))));
    await world.clock.settled(world.leader!.log.changeMembership(change(voter(fourth), gone(follower!))));
    const { voters, outgoing } = JSON.parse(world.leader!.consumer.membership) as Record<string, string[]>;
    expect(outgoing).toEqual([]);
    expect(voters).toHaveLength(3);
    expect(voters).not.toContain(follower!.member);
  });

  it('says why a change cannot be made', async () => {
    const { world, fourth } = await withAFourth();
    const [follower] = world.followers();
    const refusalOf = async (wanted: MembershipChange): Promise<unknown> =>
      world.clock.settled(follower!.log.changeMembership(wanted).catch(({ code, reason }: LogError) => [code, reason]));
    expect(await refusalOf(change(voter(world.nodes[0]!)))).toEqual(['refused', 'no-change']);
    expect(await refusalOf(change(...world.nodes.map(gone)))).toEqual(['refused', 'no-voters']);
    expect(await refusalOf({ type: 'leave-joint' })).toEqual(['refused', 'not-joint']);
    const twin = { type: 'add-learner', member: 'n1#other' } as const;
    expect(await refusalOf(change(twin))).toEqual(['refused', 'two-incarnations']);
    expect(fourth.log.status().voters).toEqual([]);
  });

  it('moves on without a leader that removes itself', async () => {
    const world = await aCluster(3);
    const leader = world.leader!;
    await world.clock.settled(leader.log.changeMembership(change(gone(leader))));
    await world.clock.until('another leads', () => world.leader !== undefined && world.leader !== leader);
    await world.clock.settled(world.leader!.log.propose(bytes('x')));
  });

  it('is not disturbed by a removed node that goes on calling', async () => {
    const world = await aCluster(3);
    const [removed] = world.followers();
    await world.clock.settled(world.leader!.log.changeMembership(change(gone(removed!))));
    const { term } = world.leader!.log.status();
    const call = codeOf(removed!.log.propose(bytes('from outside'), { deadlineMs: world.clock.time + 4_000 }));
    await world.clock.advance(10_000);
    expect(await call).toBe('no-leader');
    expect(world.leader!.log.status()).toMatchObject({ term, voters: expect.not.arrayContaining([removed!.nodeId]) });
    await world.clock.settled(world.leader!.log.propose(bytes('x')));
    expect(timesApplied(world.leader!, 'from outside')).toBe(0);
  });

  it('has its members at every boot, whether the consumer or the log knows them', async () => {
    const { world, fourth } = await withAFourth();
    await world.clock.settled(world.leader!.log.changeMembership(change(learner(fourth))));
    await world.untilEqual();
    for (const node of world.nodes) await node.crash();
    for (const node of world.nodes) {
      // A database that had not yet written the change.
      if (node !== fourth) {
        node.consumer.entries = node.consumer.entries.slice(0, 1);
        node.consumer.appliedIndex = 1;
        node.consumer.membership = '';
      }
      await node.restart();
      expect(node.log.status().learners).toEqual(['n4']);
    }
    await world.untilLed();
    await world.untilEqual();
  });
});
