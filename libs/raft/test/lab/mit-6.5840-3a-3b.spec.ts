import { commands, LabCluster, others, seeded } from './lab-cluster';

describe('MIT 6.5840 3A: election', () => {
  test('TestInitialElection3A: one leader, and terms stay while nothing fails', () => {
    const cluster = new LabCluster(3);
    const leader = cluster.leader();
    const term = cluster.term(leader);
    cluster.run(100);
    expect(cluster.leaders()).toEqual([leader]);
    expect(cluster.ids.map((id) => cluster.term(id))).toEqual([term, term, term]);
  });

  test('TestReElection3A: a new leader after a failure, none without a quorum, the old one joins as a follower', () => {
    const cluster = new LabCluster(3);
    const first = cluster.leader();
    cluster.disconnect(first);
    const second = cluster.leader();
    expect(second).not.toBe(first);
    cluster.connect(first);
    cluster.run(20);
    expect(cluster.leaders()).toEqual([second]);
    cluster.disconnect(second, others(cluster, second)[0]!);
    cluster.run(60);
    expect(cluster.leaders()).toEqual([]);
    cluster.connect(...cluster.ids);
    cluster.leader();
  });

  test('TestManyElections3A: seven servers, three of them cut off at random, again and again', () => {
    const cluster = new LabCluster(7);
    const random = seeded(5);
    cluster.leader();
    for (let round = 0; round < 20; round++) {
      const out = [0, 1, 2].map(() => cluster.ids[Math.floor(random() * 7)]!);
      cluster.disconnect(...out);
      cluster.leader();
      cluster.connect(...out);
    }
    cluster.leader();
  });
});

describe('MIT 6.5840 3B: the log', () => {
  test('TestBasicAgree3B: nothing is committed before it is proposed, and everything in order', () => {
    const cluster = new LabCluster(5);
    const leader = cluster.leader();
    const base = cluster.server(leader).node.status().commit;
    expect(commands(3, 'a').map((command) => cluster.one(command, 5))).toEqual([base + 1, base + 2, base + 3]);
  });

  test('TestRPCBytes3B: each command is sent to each follower once', () => {
    const cluster = new LabCluster(3);
    cluster.one('x', 3);
    const before = cluster.bytes;
    for (const command of commands(10, 'y'.repeat(5000))) cluster.one(command, 3);
    expect(cluster.bytes - before).toBe(10 * 2 * 5001);
  });

  test('TestFollowerFailure3B: agreement while one follower is away, none when both are', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    const away = others(cluster, cluster.leader())[0]!;
    cluster.disconnect(away);
    cluster.one('b', 2);
    cluster.run(20);
    const last = cluster.one('c', 2);
    const leader = cluster.leader();
    cluster.disconnect(...others(cluster, leader));
    expect(cluster.start(leader, 'never')).toBe(last + 1);
    cluster.run(40);
    expect(cluster.appliedAt(last + 1)).toBe(0);
  });

  test('TestLeaderFailure3B: agreement after the first leader is gone, none after the second', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    const first = cluster.leader();
    cluster.disconnect(first);
    cluster.one('b', 2);
    cluster.run(20);
    cluster.one('c', 2);
    const second = cluster.leader();
    expect(second).not.toBe(first);
    cluster.disconnect(second);
    // Asked of every server at once, before the second leader can know that it is alone.
    const taken = cluster.ids.filter((id) => cluster.start(id, 'never') !== undefined);
    expect(taken).toEqual([second]);
    cluster.run(40);
    expect(cluster.ids.filter((id) => [...cluster.server(id).applied.values()].includes('never'))).toEqual([]);
  });

  test('TestFailAgree3B: a follower that comes back catches up', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    const away = others(cluster, cluster.leader())[0]!;
    cluster.disconnect(away);
    for (const command of commands(4, 'b')) cluster.one(command, 2);
    cluster.connect(away);
    cluster.one('c', 3);
  });

  test('TestFailNoAgree3B: no agreement while a majority is away', () => {
    const cluster = new LabCluster(5);
    cluster.one('a', 5);
    const leader = cluster.leader();
    const away = others(cluster, leader).slice(0, 3);
    cluster.disconnect(...away);
    const index = cluster.start(leader, 'lost');
    cluster.run(50);
    expect(cluster.appliedAt(index!)).toBe(0);
    cluster.connect(...away);
    cluster.one('b', 5);
  });

  test('TestConcurrentStarts3B: proposals made at once get different indexes and are all committed', () => {
    const cluster = new LabCluster(3);
    const leader = cluster.leader();
    const indexes = commands(5, 'c').map((command) => cluster.start(leader, command)!);
    cluster.run(10);
    expect(new Set(indexes).size).toBe(5);
    expect(indexes.map((index) => cluster.appliedAt(index))).toEqual([3, 3, 3, 3, 3]);
  });

  test('TestRejoin3B: a leader that was cut off gives up what it wrote alone', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    const first = cluster.leader();
    cluster.disconnect(first);
    for (const command of commands(3, 'lost')) cluster.start(first, command);
    cluster.one('b', 2);
    const second = cluster.leader();
    cluster.disconnect(second);
    cluster.connect(first);
    cluster.one('c', 2);
    cluster.connect(second);
    cluster.one('d', 3);
  });

  test('TestBackup3B: long logs that disagree are mended in few round trips', () => {
    const cluster = new LabCluster(5);
    cluster.one('a', 5);
    const first = cluster.leader();
    const [with1, ...rest] = others(cluster, first);
    cluster.disconnect(...rest);
    for (const command of commands(50, 'lost')) cluster.start(first, command);
    cluster.run(5);
    cluster.disconnect(first, with1!);
    cluster.connect(...rest);
    for (const command of commands(50, 'b')) cluster.one(command, 3);
    cluster.connect(first, with1!);
    const before = cluster.messages;
    cluster.one('c', 5);
    expect(cluster.messages - before).toBeLessThan(200);
  });

  test('TestCount3B: an election, ten commands and an idle time take few messages', () => {
    const cluster = new LabCluster(3);
    const leader = cluster.leader();
    const elected = cluster.messages;
    // An exchange is a message and its answer. The lab allows 30 exchanges.
    expect(elected).toBeGreaterThan(0);
    expect(elected).toBeLessThanOrEqual(2 * 30);

    const term = cluster.term(leader);
    const proposed = commands(11, 'c');
    const indexes = proposed.map((command) => cluster.start(leader, command)!);
    expect(indexes).toEqual(proposed.map((_, at) => indexes[0]! + at));
    while (cluster.appliedAt(indexes.at(-1)!) < 3) cluster.run(1);
    for (const id of cluster.ids) {
      expect(indexes.map((index) => cluster.server(id).applied.get(index))).toEqual(proposed);
    }
    expect(cluster.term(leader)).toBe(term);
    expect(cluster.messages - elected).toBeLessThanOrEqual(2 * (10 + 1 + 3) * 3);

    cluster.run(5);
    const before = cluster.messages;
    cluster.run(20);
    // A heartbeat to each of the two others and its answer, a tick.
    expect(cluster.messages - before).toBe(20 * 2 * 2);
  });
});
