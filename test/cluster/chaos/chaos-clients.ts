import { FollowingWatcher } from '../clients/following-watcher';
import { RetryingReader } from '../clients/retrying-reader';
import type { RetryingWriter } from '../clients/retrying-writer';
import { startedWriters, verifiedWriters } from '../clients/retrying-writer';
import { aPlace } from '../clients/workload';
import type { ClusterOfProcesses } from '../processes/cluster-of-processes';
import { Availability } from './availability';

const keys = Array.from({ length: 4 }, (_, n) => `config-${n + 1}`);
const watchersEach = 1;
/** How long a client waits for an operation that it repeats, before it has failed for it. */
const withinMs = 5_000;
/** Something that is still not answered then is no unavailability any more, but a defect. */
const patienceMs = 60_000;
const writes = { everyMs: 250, requestMs: 1_000, patienceMs };
const reads = { everyMs: 200, requestMs: 1_000, patienceMs };

/** Writers, readers that must never see anything older than was acknowledged, and watchers that must miss nothing. */
export class ChaosClients {
  readonly availabilities = {
    writes: new Availability('writes', withinMs),
    reads: new Availability('linearizable reads', withinMs),
    localReads: new Availability('local reads of at least an own write', withinMs),
  };

  readonly #began = performance.now();

  private constructor(
    private readonly cluster: ClusterOfProcesses,
    private readonly writers: readonly RetryingWriter[],
    private readonly readers: readonly RetryingReader[],
    private readonly localReaders: readonly RetryingReader[],
    private readonly watchers: readonly FollowingWatcher[],
  ) {}

  static async start(cluster: ClusterOfProcesses): Promise<ChaosClients> {
    const place = await aPlace(cluster.admin, 'chaos', keys);
    const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
    const watchers = urls().flatMap((_, n) =>
      Array.from({ length: watchersEach }, () => new FollowingWatcher(place, urls, n)),
    );
    for (const watcher of watchers) watcher.start();
    const writers = await startedWriters(cluster.admin, place, urls, writes);
    const readers = writers.map((writer) => new RetryingReader('linearizable', place, writer, urls, reads));
    const localReaders = writers.map((writer) => new RetryingReader('own index', place, writer, urls, reads));
    for (const reader of [...readers, ...localReaders]) reader.start();
    return new ChaosClients(cluster, writers, readers, localReaders, watchers);
  }

  /** Takes over what was measured and heard so far; to be called now and then. */
  look(): void {
    for (const writer of this.writers) this.availabilities.writes.add(writer.drainTimes());
    for (const reader of this.readers) this.availabilities.reads.add(reader.drainTimes());
    for (const reader of this.localReaders) this.availabilities.localReads.add(reader.drainTimes());
    for (const watcher of this.watchers) watcher.look();
  }

  get heard(): string {
    const sum = (of: (watcher: FollowingWatcher) => number): number =>
      this.watchers.reduce((all, one) => all + of(one), 0);
    const [changes, again, resyncs] = [
      sum((one) => one.changes),
      sum((one) => one.reconnects),
      sum((one) => one.resyncs),
    ];
    return `${this.watchers.length} watchers: ${changes} changes heard, ${again} connections anew, ${resyncs} resyncs`;
  }

  /** Everything that is wrong. */
  async stop(): Promise<readonly string[]> {
    this.#expect();
    await Promise.all([...this.readers, ...this.localReaders].map((reader) => reader.stop()));
    const lost = await verifiedWriters(this.writers);
    const missed = await this.#missed();
    await Promise.all(this.watchers.map((watcher) => watcher.stop()));
    this.look();
    const told = [...this.readers, ...this.localReaders, ...this.watchers].flatMap(({ failures }) => failures);
    return [...told, ...lost, ...missed];
  }

  /** What was due so long ago that clients have given it up. */
  #expect(): void {
    const ms = performance.now() - this.#began - withinMs;
    const due = ({ everyMs }: { everyMs: number }): number => Math.floor(Math.max(0, ms) / everyMs) * keys.length;
    this.availabilities.writes.expect(due(writes));
    this.availabilities.reads.expect(due(reads));
    this.availabilities.localReads.expect(due(reads));
  }

  /** The newest version of each config must have come to each watcher. */
  async #missed(): Promise<readonly string[]> {
    const lacking = (): string[] =>
      this.watchers.flatMap((watcher, n) => {
        watcher.look();
        return this.writers
          .filter((writer) => watcher.versions.get(writer.key) !== writer.acknowledged + 1)
          .map(
            (writer) =>
              `watcher ${n + 1} knows version ${watcher.versions.get(writer.key)} of ${writer.key}, not ${writer.acknowledged + 1}`,
          );
      });
    await this.cluster
      .eventually('every watcher is told', () => lacking().length === 0 || undefined)
      .catch(() => undefined);
    return lacking();
  }
}
