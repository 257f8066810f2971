import { LabCluster, seeded } from './lab-cluster';

const commands = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const others = (cluster: LabCluster, ...but: string[]) => cluster.ids.filter((id) => !but.includes(id));

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

  test('TestFollowerFailure3B and TestLeaderFailure3B: agreement with a majority, none without', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    cluster.disconnect(others(cluster, cluster.leader())[0]!);
    cluster.one('b', 2);
    cluster.disconnect(cluster.leader());
    cluster.run(40);
    for (const id of cluster.ids) cluster.start(id, 'never');
    cluster.run(60);
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

  test('TestCount3B: an idle cluster sends heartbeats and no more', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    cluster.run(5);
    const before = cluster.messages;
    cluster.run(20);
    expect(cluster.messages - before).toBe(20 * 2 * 2);
  });
});

describe('MIT 6.5840 3C: persistence', () => {
  test('TestPersist13C: all restart, the leader restarts, a follower restarts', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    cluster.restart(...cluster.ids);
    cluster.one('b', 3);
    cluster.restart(cluster.leader());
    cluster.one('c', 3);
    cluster.restart(others(cluster, cluster.leader())[0]!);
    cluster.one('d', 3);
  });

  test('TestPersist23C: majorities take turns to be down', () => {
    const cluster = new LabCluster(5);
    for (let round = 0; round < 5; round++) {
      cluster.one(`a${round}`, 5);
      const down = cluster.ids.slice(round % 3, (round % 3) + 2);
      cluster.crash(...down);
      cluster.one(`b${round}`, 3);
      cluster.restart(...down);
    }
    cluster.one('c', 5);
  });

  test('TestPersist33C: a leader and a follower crash, one of them comes back to the third', () => {
    const cluster = new LabCluster(3);
    cluster.one('a', 3);
    const leader = cluster.leader();
    const [second, third] = others(cluster, leader);
    cluster.disconnect(third!);
    cluster.one('b', 2);
    cluster.crash(leader, second!);
    cluster.connect(third!);
    cluster.restart(leader);
    cluster.one('c', 2);
    cluster.restart(second!);
    cluster.one('d', 3);
  });

  test.each([false, true])(
    'TestFigure83C and TestFigure8Unreliable3C: leaders crash with half-sent logs (unreliable: %s)',
    (unreliable) => {
      const cluster = new LabCluster(5, 11);
      const random = seeded(7);
      cluster.unreliable = unreliable;
      for (let round = 0; round < 150; round++) {
        for (const id of cluster.leaders()) cluster.start(id, `r${round}`);
        cluster.run(Math.floor(random() * (random() < 0.1 ? 20 : 3)));
        const leading = cluster.leaders()[0];
        if (leading !== undefined && random() < 0.6) cluster.crash(leading);
        const down = cluster.ids.filter((id) => !cluster.server(id).up);
        if (down.length > 2) cluster.restart(down[Math.floor(random() * down.length)]!);
      }
      cluster.restart(...cluster.ids.filter((id) => !cluster.server(id).up));
      cluster.unreliable = false;
      cluster.one('end', 5);
    },
  );

  test('TestUnreliableAgree3C: agreement over a bad network', () => {
    const cluster = new LabCluster(5, 3);
    cluster.unreliable = true;
    for (const command of commands(30, 'a')) cluster.one(command, 1);
    cluster.unreliable = false;
    cluster.one('end', 5);
  });

  test.each([false, true])(
    'TestReliableChurn3C and TestUnreliableChurn3C: servers come and go (unreliable: %s)',
    (unreliable) => {
      const cluster = new LabCluster(5, 4);
      const random = seeded(9);
      cluster.unreliable = unreliable;
      const any = () => cluster.ids[Math.floor(random() * 5)]!;
      for (let round = 0; round < 60; round++) {
        if (random() < 0.2) cluster.disconnect(any());
        if (random() < 0.5) cluster.connect(any());
        const id = any();
        if (cluster.server(id).up && random() < 0.2) cluster.crash(id);
        else if (!cluster.server(id).up) cluster.restart(id);
        for (const leading of cluster.leaders()) cluster.start(leading, `r${round}`);
        cluster.run(7);
      }
      cluster.unreliable = false;
      cluster.connect(...cluster.ids);
      cluster.restart(...cluster.ids.filter((id) => !cluster.server(id).up));
      cluster.one('end', 5);
    },
  );
});

describe('MIT 6.5840 3D: log compaction', () => {
  const installed = (cluster: LabCluster) =>
    Math.max(...cluster.ids.map((id) => cluster.server(id).storage.snapshot().index));

  test('TestSnapshotBasic3D: the log is cut while everything goes on', () => {
    const cluster = new LabCluster(3);
    cluster.snapshotEvery = 10;
    for (const command of commands(31, 'a')) cluster.one(command, 3);
    for (const id of cluster.ids) expect(cluster.server(id).storage.firstIndex()).toBeGreaterThan(20);
  });

  test.each([
    ['TestSnapshotInstall3D', false, false],
    ['TestSnapshotInstallUnreliable3D', true, false],
    ['TestSnapshotInstallCrash3D', false, true],
    ['TestSnapshotInstallUnCrash3D', true, true],
  ])('%s: a follower that missed the cut-off part gets a snapshot', (_, unreliable, crash) => {
    const cluster = new LabCluster(3, 6);
    cluster.snapshotEvery = 10;
    cluster.unreliable = unreliable;
    cluster.one('a', 3);
    for (let round = 0; round < 6; round++) {
      const leader = cluster.leader();
      const away = round % 3 === 1 ? leader : others(cluster, leader)[0]!;
      if (crash) cluster.crash(away);
      else cluster.disconnect(away);
      for (const command of commands(15, `r${round}.`)) cluster.one(command, 2);
      if (crash) cluster.restart(away);
      else cluster.connect(away);
      cluster.one(`s${round}`, 3);
    }
    expect(installed(cluster)).toBeGreaterThan(60);
  });

  test('TestSnapshotAllCrash3D and TestSnapshotInit3D: everything restarts from snapshots, and once more right away', () => {
    const cluster = new LabCluster(3);
    cluster.snapshotEvery = 10;
    for (let round = 0; round < 5; round++) {
      const index = commands(12, `r${round}.`)
        .map((command) => cluster.one(command, 3))
        .at(-1)!;
      cluster.crash(...cluster.ids);
      cluster.restart(...cluster.ids);
      cluster.restart(...cluster.ids);
      expect(cluster.one(`s${round}`, 3)).toBeGreaterThan(index);
    }
  });
});
