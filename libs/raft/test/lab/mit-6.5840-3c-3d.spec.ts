import { commands, LabCluster, others, seeded } from './lab-cluster';
import type { Pursuit } from './lab-cluster';

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

  test('TestUnreliableAgree3C: agreement on many commands at once over a bad network', () => {
    const cluster = new LabCluster(5, 3);
    cluster.unreliable = true;
    const begun: Pursuit[] = [];
    for (let round = 1; round < 50; round++) {
      for (let n = 0; n < 4; n++) begun.push(cluster.pursue(`${100 * round + n}`, 1));
      cluster.one(`${round}`, 1);
    }
    cluster.unreliable = false;
    for (let n = 0; n < 200 && !begun.every(({ agreed }) => agreed); n++) cluster.run(1);
    expect(begun.filter(({ agreed }) => !agreed)).toEqual([]);
    cluster.one('end', 5);
    const everywhere = (id: string) => [...cluster.server(id).applied.values()];
    for (const id of cluster.ids) expect(everywhere(id)).toEqual(everywhere(cluster.ids[0]!));
    const wanted = [...begun.map(({ command }) => command), ...Array.from({ length: 49 }, (_, n) => `${n + 1}`)];
    expect(everywhere(cluster.ids[0]!)).toEqual(expect.arrayContaining(wanted));
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
