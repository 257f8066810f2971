import type { HistoryPart, SnapshotPosition, StateSnapshots } from '@config-guardian/raft-node';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { CommandRegistry } from '../command.registry';
import type { NodeObservation, SnapshotWay } from '../node-observation';
import type { Installed } from './install-snapshot';
import { installSnapshot } from './install-snapshot';
import { readHistory } from './read-history';
import { takeSnapshot } from './take-snapshot';

/** The state of this node on its way to another, or of another on its way here: PostgreSQL is where it comes from and goes to. */
export class NodeSnapshots implements StateSnapshots {
  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: CommandRegistry,
    private readonly windowLength: number,
    /** Runs the installation while nothing else writes to the database, then goes on with what it gave. */
    private readonly replaceState: (install: () => Promise<Installed>) => Promise<void>,
    private readonly observed: Pick<NodeObservation, 'onSnapshot'> = { onSnapshot: () => undefined },
  ) {}

  async take(directory: string): Promise<SnapshotPosition> {
    const startedAt = performance.now();
    const { index, term } = await takeSnapshot(this.dataSource, this.registry.tables, this.windowLength, directory);
    await this.#tell('taken', startedAt, directory);
    return { index, term };
  }

  async history(after: number, upTo: number, cursor: string | null): Promise<HistoryPart> {
    const { lines, next } = await readHistory(this.dataSource, this.registry.tables, { after, upTo }, cursor);
    return { chunk: Buffer.from(lines), next };
  }

  async install(directory: string, snapshot: SnapshotPosition & { readonly membership: string }): Promise<void> {
    const { windowLength } = this;
    const startedAt = performance.now();
    await this.replaceState(() =>
      installSnapshot(this.dataSource, this.registry, directory, snapshot, { windowLength }),
    );
    await this.#tell('installed', startedAt, directory);
  }

  async #tell(way: SnapshotWay, startedAt: number, directory: string): Promise<void> {
    const seconds = (performance.now() - startedAt) / 1000;
    const sizes = (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    this.observed.onSnapshot(way, seconds, bytes);
  }
}
