import { LabCluster, seeded } from './lab/lab-cluster';

/** Elections, loss, delay, crashes and snapshots; returns all that an observer could see. */
function history(seed: number): string {
  const cluster = new LabCluster(5, seed);
  const random = seeded(seed + 1);
  cluster.unreliable = true;
  cluster.snapshotEvery = 7;
  const seen: unknown[] = [];
  for (let round = 0; round < 60; round++) {
    const id = cluster.ids[Math.floor(random() * 5)]!;
    if (!cluster.server(id).up) cluster.restart(id);
    else if (random() < 0.15) cluster.crash(id);
    for (const leader of cluster.leaders()) cluster.start(leader, `r${round}`);
    cluster.run(5);
    seen.push(
      cluster.ids.map((one) => cluster.server(one).node.status()),
      cluster.messages,
    );
  }
  return JSON.stringify(seen);
}

it('runs the same way every time under the same random source, and differently under another', () => {
  const first = history(21);
  expect(history(21)).toBe(first);
  expect(history(22)).not.toBe(first);
});
