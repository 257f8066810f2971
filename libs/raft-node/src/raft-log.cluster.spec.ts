import { configuration } from '@config-guardian/raft';
import type { Cluster, ClusterNode } from '../test/a-cluster';
import { aCluster, codeOf, timesApplied } from '../test/a-cluster';
import { bytes, RecordingConsumer } from '../test/recording-consumer';
import { LogMismatch } from './log-mismatch';
import type { LogError, Leadership } from './replicated-log';

async function aMajorityLeaves(world: Cluster, one: ClusterNode): Promise<ClusterNode> {
  world.network.isolate(one.nodeId);
  await world.clock.until('another leads', () => world.followers().length > 0 && world.leader !== one);
  return world.leader!;
}

describe('the log of three nodes: proposals', () => {
  it('takes them on every node, and answers with what that node applied', async () => {
    const world = await aCluster(3);
    const proposed = await world.clock.settled(
      Promise.all(world.nodes.map(({ nodeId, log }) => log.propose(bytes(`from ${nodeId}`)))),
    );
    for (const [n, { consumer }] of world.nodes.entries()) {
      const own = consumer.entries.find(({ data }) => data !== null && String(data) === `from n${n + 1}`);
      expect(proposed[n]).toEqual({ index: own?.index, term: 1, result: `result ${own?.index}` });
    }
    await world.untilEqual();
    const [one, ...others] = world.nodes.map(({ consumer }) => consumer.entries);
    for (const other of others) expect(other).toEqual(one);
  });

  it('sends what comes together on a follower in one request', async () => {
    const world = await aCluster(3);
    const [follower] = world.followers();
    const before = world.network.sent.propose ?? 0;
    await world.clock.settled(Promise.all(Array.from({ length: 200 }, (_, i) => follower!.log.propose(bytes(`${i}`)))));
    expect(world.network.sent.propose! - before).toBe(1);
    expect(follower!.consumer.commands).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
  });

  it('settles each once, with nothing lost, when the leader dies with proposals of all nodes in flight', async () => {
    const world = await aCluster(3, {}, 7);
    const leader = world.leader!;
    const outcomes: string[] = [];
    for (const node of world.followers()) {
      for (let i = 0; i < 50; i += 1) {
        const command = `${node.nodeId} ${i}`;
        void node.log.propose(bytes(command)).then(
          () => outcomes.push(command),
          (error: LogError) => outcomes.push(error.code),
        );
        if (i % 10 === 0) await world.clock.advance(1);
      }
    }
    await leader.crash('power');
    await world.clock.until('all are settled', () => outcomes.length === 100);
    expect(outcomes.filter((outcome) => !outcome.startsWith('n'))).toEqual([]);
    await leader.restart();
    await world.untilLed();
    await world.untilEqual();
    for (const command of outcomes) expect(timesApplied(leader, command)).toBeGreaterThan(0);
    expect(leader.consumer.commands).toEqual(world.followers()[0]!.consumer.commands);
  });

  it('makes an attempt again that a new leader has overwritten', async () => {
    const world = await aCluster(3);
    const old = world.leader!;
    world.network.isolate(old.nodeId);
    const proposal = old.log.propose(bytes('lost'));
    await world.clock.advance(20);
    expect(old.log.status().lastIndex).toBe(2);
    await world.clock.until('another leads', () => world.leader !== old);
    world.network.heal();
    const { index, term } = await world.clock.settled(proposal);
    expect([index, term]).toEqual([3, 2]);
    await world.untilEqual();
    for (const node of world.nodes) expect(timesApplied(node, 'lost')).toBe(1);
  });

  it('tells the new leader what the old one did not answer', async () => {
    const world = await aCluster(3);
    const old = world.leader!;
    const [follower] = world.followers();
    world.network.swallows = (_from, to, what) => to === old.nodeId && what === 'propose';
    const proposal = follower!.log.propose(bytes('x'));
    await world.clock.advance(20);
    await aMajorityLeaves(world, old);
    expect((await world.clock.settled(proposal)).term).toBe(2);
    expect(timesApplied(follower!, 'x')).toBe(1);
  });

  it('settles with the first attempt when the answer to it was lost, though the second is in the log as well', async () => {
    const world = await aCluster(3);
    const [follower] = world.followers();
    let answers = 0;
    world.network.swallows = (_from, to, what) => {
      if (what === 'propose:answer') answers += 1;
      return (what === 'propose:answer' && answers === 1) || (what === 'append' && to === follower!.nodeId);
    };
    const proposal = follower!.log.propose(bytes('twice'));
    await world.clock.advance(2_500);
    world.network.swallows = () => false;
    const { index } = await world.clock.settled(proposal);
    await world.untilEqual();
    expect(timesApplied(follower!, 'twice')).toBe(2);
    expect(follower!.consumer.entries.find(({ data }) => data !== null)?.index).toBe(index);
  });

  it('says at the deadline what it knows: nothing was written, or nobody can tell', async () => {
    const world = await aCluster(3);
    const old = world.leader!;
    const [follower, other] = world.followers();
    world.network.isolate(old.nodeId);
    world.network.isolate(follower!.nodeId);
    const soon = (): { deadlineMs: number } => ({ deadlineMs: world.clock.time + 3_000 });
    const appended = codeOf(old.log.propose(bytes('appended'), soon()));
    await world.clock.until('the follower is alone', () => follower!.log.status().leaderId === null);
    const led = codeOf(follower!.log.propose(bytes('nobody leads'), soon()));
    const blind = codeOf(other!.log.readIndex(soon()));
    await world.clock.advance(3_100);
    expect(await Promise.all([appended, led, blind])).toEqual(['outcome-unknown', 'no-leader', 'no-leader']);
    world.network.heal();
    await world.untilLed();
    world.network.swallows = (_from, _to, what) => what === 'propose:answer';
    const asked = world.followers()[0]!.log.propose(bytes('asked'), { deadlineMs: world.clock.time + 500 });
    world.network.swallows = (_from, _to, what) => what.startsWith('propose') || what === 'append';
    expect(await world.clock.settled(codeOf(asked))).toBe('outcome-unknown');
  });

  it('lets the limits of the leader reach a proposer elsewhere', async () => {
    const world = await aCluster(3, { limits: { maxUnappliedBytes: 5_000 } });
    const [follower] = world.followers();
    world.leader!.consumer.close();
    const proposals = Array.from({ length: 10 }, () => follower!.log.propose(Buffer.alloc(1_000)));
    await world.clock.advance(100);
    expect(await world.clock.settled(codeOf(follower!.log.propose(bytes('x'))))).toBe('overloaded');
    world.leader!.consumer.reopen();
    await world.clock.settled(Promise.all(proposals));
  });

  it('keeps the memory of a follower bounded whose consumer takes nothing, and lets it catch up', async () => {
    const world = await aCluster(3, { limits: { maxUnappliedBytes: 20_000 } });
    const [follower] = world.followers();
    follower!.consumer.close();
    for (let i = 0; i < 30; i += 1) {
      await world.clock.settled(world.leader!.log.propose(Buffer.alloc(3_000, `${i}`)));
    }
    await world.clock.advance(500);
    const { lastIndex, appliedIndex } = follower!.log.status();
    expect(lastIndex - appliedIndex).toBeLessThan(16);
    follower!.consumer.reopen();
    await world.untilEqual();
    expect(world.network.sent.vote).toBe(2);
  });

  it('goes on when the disk of a follower fails, whose node ends', async () => {
    const world = await aCluster(3);
    const [follower] = world.followers();
    follower!.disk.failNext('sync');
    await world.clock.settled(world.leader!.log.propose(bytes('a')));
    await world.clock.advance(50);
    expect(follower!.fatal).toHaveLength(1);
    expect(await codeOf(follower!.log.propose(bytes('b')))).toBe('stopped');
    await world.clock.settled(world.leader!.log.propose(bytes('c')));
  });

  it('ends on a disk that is older than what it acknowledged, and says what to do', async () => {
    const world = await aCluster(3);
    const [follower] = world.followers();
    await world.clock.settled(world.leader!.log.propose(bytes('a')));
    await world.untilEqual();
    await follower!.stop();
    for (const name of follower!.disk.list('/log')) follower!.disk.remove(`/log/${name}`);
    follower!.consumer = new RecordingConsumer(0);
    await follower!.start(configuration([]));
    await world.clock.until('it has ended', () => follower!.fatal.length > 0);
    expect(follower!.fatal[0]).toBeInstanceOf(LogMismatch);
    expect(follower!.fatal[0]!.message).toMatch(/disk is an old copy.*remove n\d .*NODE_ID that was never used/);
    expect(await codeOf(follower!.log.propose(bytes('b')))).toBe('stopped');
    await world.clock.settled(world.leader!.log.propose(bytes('c')));
  });

  it('comes back after all have lost power, with everything that was acknowledged', async () => {
    const world = await aCluster(3, {}, 3);
    const proposals = Array.from({ length: 40 }, (_, i) => world.nodes[i % 3]!.log.propose(bytes(`${i}`)));
    await world.clock.settled(Promise.all(proposals));
    for (const node of world.nodes) await node.crash('power');
    for (const node of world.nodes) {
      node.consumer.entries = node.consumer.entries.slice(0, 10);
      node.consumer.appliedIndex = node.consumer.entries.length;
      await node.restart();
    }
    await world.untilLed();
    await world.untilEqual();
    for (const { consumer } of world.nodes) expect(new Set(consumer.commands).size).toBe(40);
  });
});

describe('the log of three nodes: reads', () => {
  it('places them at or behind every acknowledged write, on leader and followers', async () => {
    const world = await aCluster(3);
    const { index } = await world.clock.settled(world.leader!.log.propose(bytes('a')));
    for (const { log } of world.nodes) {
      expect(await world.clock.settled(log.readIndex())).toBeGreaterThanOrEqual(index);
    }
  });

  it('asks once for all that wait', async () => {
    const world = await aCluster(3);
    const [follower] = world.followers();
    const before = world.network.sent['read-index'] ?? 0;
    await world.clock.settled(Promise.all(Array.from({ length: 50 }, () => follower!.log.readIndex())));
    expect(world.network.sent['read-index']! - before).toBe(1);
  });

  it('never answers on a leader that was cut off, and answers when it is back', async () => {
    const world = await aCluster(3);
    const old = world.leader!;
    world.network.isolate(old.nodeId);
    const read = old.log.readIndex({ deadlineMs: world.clock.time + 20_000 });
    await world.clock.until('another leads', () => world.leader !== old);
    const { index } = await world.clock.settled(world.leader!.log.propose(bytes('newer')));
    world.network.heal();
    expect(await world.clock.settled(read)).toBeGreaterThanOrEqual(index);
  });

  it('gives up at the deadline', async () => {
    const world = await aCluster(3);
    const old = world.leader!;
    world.network.isolate(old.nodeId);
    const asked = codeOf(old.log.readIndex({ deadlineMs: world.clock.time + 200 }));
    await world.clock.advance(250);
    expect(await asked).toBe('no-leader');
  });
});

describe('the log of three nodes: leadership', () => {
  it('goes to the node that is named, asked on any node, and to the one furthest along when none is', async () => {
    const world = await aCluster(3);
    const [one, other] = world.followers();
    const heard: Leadership[] = [];
    one!.log.onLeadership((now) => heard.push(now));
    await world.clock.settled(other!.log.transferLeadership(one!.nodeId));
    expect(one!.leads).toBe(true);
    expect(heard.at(-1)).toEqual({ leads: true, leaderId: one!.nodeId, term: 2 });
    await world.clock.settled(one!.log.transferLeadership(null));
    await world.untilLed();
    expect(one!.leads).toBe(false);
    const refused = await world.clock.settled(other!.log.transferLeadership('n9').catch((error: LogError) => error));
    expect(refused).toMatchObject({ code: 'refused', reason: 'not-a-voter' });
  });

  it('is handed over before a node stops, without a proposal that fails', async () => {
    const world = await aCluster(3);
    const leader = world.leader!;
    const followers = world.followers();
    const proposals = world.nodes.map(({ log }) => codeOf(log.propose(bytes('before'))));
    const stopping = leader.stop();
    const during = followers.map(({ log }) => codeOf(log.propose(bytes('during'))));
    const from = world.clock.time;
    await stopping;
    expect(world.clock.time - from).toBeLessThan(300);
    await world.clock.settled(Promise.all([...proposals, ...during]));
    expect(await Promise.all([...proposals, ...during])).toEqual(Array.from({ length: 5 }, () => 'resolved'));
    expect(await codeOf(leader.log.propose(bytes('x')))).toBe('stopped');
  });

  it('is handed over when the wall clock of the leader jumps, before that time is stamped', async () => {
    const world = await aCluster(3);
    const leader = world.leader!;
    leader.wallOffset = 3_600_000;
    const proposals = world.nodes.map(({ log }) => log.propose(bytes('x')));
    await world.clock.settled(Promise.all(proposals));
    expect(leader.leads).toBe(false);
    expect(leader.warnings[0]).toMatch(/jumped by 3600000 ms\. This leader hands leadership over/);
    for (const at of leader.consumer.times) expect(at).toBeLessThan(1_700_000_000_000 + world.clock.time + 1);
    leader.wallOffset += 1_000;
    await world.clock.advance(100);
    expect(leader.warnings).toHaveLength(1);
  });

  it('stays with a leader whose clock jumped when nobody can take over', async () => {
    const world = await aCluster(3, { timing: { electionMs: 300, heartbeatMs: 50 } });
    const leader = world.leader!;
    world.network.swallows = (_from, _to, what) => what === 'timeout-now';
    leader.wallOffset = -10_000;
    const proposal = leader.log.propose(bytes('x'));
    await world.clock.settled(proposal);
    expect(leader.leads).toBe(true);
    expect(leader.warnings).toEqual([
      expect.stringMatching(/jumped by -10000/),
      expect.stringMatching(/Nobody took over/),
    ]);
  });
});
