import { aCluster } from '../../test/a-cluster';
import { bytes } from '../../test/recording-consumer';

async function turns(): Promise<void> {
  for (let n = 0; n < 4; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('the messages of a leader', () => {
  it('carry together what was proposed while a batch was under way', async () => {
    const world = await aCluster(3);
    await world.untilEqual();
    const leader = world.leader!;
    const { sent } = world.network;
    const before = sent.append!;
    const proposals = [leader.log.propose(bytes('first'))];
    for (let n = 0; n < 5; n += 1) {
      await turns();
      proposals.push(leader.log.propose(bytes(`${n}`)));
    }
    await turns();
    expect(sent.append! - before).toBe(2);
    await world.clock.settled(Promise.all(proposals));
    expect(leader.consumer.commands).toEqual(['first', '0', '1', '2', '3', '4']);
    expect(sent.append! - before).toBeLessThanOrEqual(6);
  });

  it('do not wait for a slow network: several batches are under way at once', async () => {
    const world = await aCluster(3);
    await world.untilEqual();
    const leader = world.leader!;
    const { sent } = world.network;
    world.network.swallows = (_from, _to, what) => what === 'append-response';
    const before = sent.append!;
    const first = leader.log.propose(bytes('first'));
    await turns();
    const second = leader.log.propose(bytes('second'));
    await world.clock.advance(5);
    expect(sent.append! - before).toBe(2);
    await world.clock.advance(20);
    expect(sent.append! - before).toBe(4);
    world.network.swallows = () => false;
    await world.clock.settled(Promise.all([first, second]));
  });

  it('do not wait for its disk when that stalls: the others commit without it', async () => {
    const world = await aCluster(3);
    const leader = world.leader!;
    const [follower] = world.followers();
    leader.fileSystem.beginStall();
    const own = leader.log.propose(bytes('on the leader'));
    await turns();
    const { index } = await world.clock.settled(follower!.log.propose(bytes('on a follower')), 200);
    expect(leader.log.status()).toMatchObject({ role: 'leader', commitIndex: index, appliedIndex: index - 2 });
    leader.fileSystem.endStall();
    await world.clock.settled(own);
  });

  it('tell how far is committed with the next entries, when they come at once', async () => {
    const world = await aCluster(3);
    const { log } = world.leader!;
    const before = world.network.sent.append!;
    const oneByOne = async (): Promise<void> => {
      for (let n = 0; n < 20; n += 1) await log.propose(bytes(`${n}`));
    };
    await world.clock.settled(oneByOne());
    expect(world.network.sent.append! - before).toBeLessThanOrEqual(2 * 20 + 2);
  });

  it('tell it at once when nothing follows', async () => {
    const world = await aCluster(3);
    const { index } = await world.clock.settled(world.leader!.log.propose(bytes('the last')));
    const began = world.clock.time;
    await world.clock.until('all have applied it', () =>
      world.nodes.every(({ consumer }) => consumer.appliedIndex === index),
    );
    expect(world.clock.time - began).toBeLessThanOrEqual(5);
  });

  it('are no more on their way to a member that does not answer than its connection holds', async () => {
    const world = await aCluster(3);
    const leader = world.leader!;
    const silent = world.followers()[0]!.nodeId;
    let sent = 0;
    world.network.swallows = (from, to, what) => {
      if (to === silent && what === 'append') sent += 1;
      return from === silent && what === 'append-response';
    };
    for (let n = 0; n < 20; n += 1) await world.clock.settled(leader.log.propose(Buffer.alloc(1 << 20)));
    // Eight with entries, as many with news of the commit index; without the bound all twenty, twice.
    expect(sent).toBeGreaterThanOrEqual(8);
    expect(sent).toBeLessThan(20);
  });

  it('bring what a member has missed in portions, between which others are served', async () => {
    const world = await aCluster(3);
    const leader = world.leader!;
    const [away] = world.followers();
    world.network.isolate(away!.nodeId);
    for (let n = 0; n < 20; n += 1) {
      await world.clock.settled(
        Promise.all(Array.from({ length: 10 }, () => leader.log.propose(Buffer.alloc(8 << 10)))),
      );
    }
    let sent = 0;
    world.network.swallows = (_from, to, what) => {
      if (to === away!.nodeId && what === 'append') sent += 1;
      return false;
    };
    world.network.heal();
    await world.untilEqual();
    expect(sent).toBeGreaterThanOrEqual(7);
  });
});

describe('the requests of a follower', () => {
  it('carry together what was proposed while one was under way', async () => {
    const world = await aCluster(3);
    await world.untilEqual();
    const [follower] = world.followers();
    const { sent } = world.network;
    const before = sent.propose ?? 0;
    const proposals: Promise<unknown>[] = [];
    for (let n = 0; n < 5; n += 1) {
      proposals.push(follower!.log.propose(bytes(`${n}`)));
      await turns();
    }
    expect(sent.propose! - before).toBe(1);
    await world.clock.settled(Promise.all(proposals));
    expect(sent.propose! - before).toBe(2);
    expect(follower!.consumer.commands).toEqual(['0', '1', '2', '3', '4']);
  });

  it('do not wait for one that nobody answers', async () => {
    const world = await aCluster(3);
    await world.untilEqual();
    const [follower] = world.followers();
    let swallowed = 0;
    world.network.swallows = (_from, _to, what) => what === 'propose' && (swallowed += 1) === 1;
    const lost = follower!.log.propose(bytes('lost on its way'));
    await turns();
    await world.clock.settled(follower!.log.propose(bytes('next')), 100);
    await world.clock.settled(lost);
    expect(follower!.consumer.commands).toEqual(['next', 'lost on its way']);
  });
});
