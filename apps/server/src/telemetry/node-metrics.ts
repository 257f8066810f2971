import { Inject, Injectable } from '@nestjs/common';
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Counter, Gauge, Histogram } from 'prom-client';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { ServingGate } from '../common/serving-gate';
import { ConsensusNode } from '../consensus/consensus-node';
import { NodeDatabase } from '../database/node-database';
import { metricPrefix, Metrics } from './metrics';

const syncBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const waitBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const longBounds = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800];

/** What the log, the database and the disk of this node take, and what it knows of the others. */
@Injectable()
export class NodeMetrics {
  readonly #registers: { readonly registers: [Metrics['registry']] };

  constructor(
    metrics: Metrics,
    private readonly node: ConsensusNode,
    private readonly database: NodeDatabase,
    private readonly gate: ServingGate,
    @Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'dataDir'>,
  ) {
    this.#registers = { registers: [metrics.registry] };
    this.#measureLog();
    this.#measureReads();
    this.#measureSnapshots();
    this.#readMembers();
    this.#readPool();
    this.#readDisk();
  }

  #measureLog(): void {
    const { observed } = this.node;
    const sync = this.#histogram(
      'log_sync_duration_seconds',
      'Time from handing entries to the log until they are durable.',
      syncBounds,
    );
    observed.onSync = (seconds) => sync.observe(seconds);
    const batch = this.#histogram(
      'persister_batch_duration_seconds',
      'Time that PostgreSQL took for one transaction of the persister.',
      waitBounds,
    );
    const entries = this.#counter('persister_entries_total', 'Entries of the log that PostgreSQL took.');
    observed.onBatch = (seconds, count) => {
      batch.observe(seconds);
      entries.inc(count);
    };
    const changes = this.#counter(
      'raft_leader_changes_total',
      'How often this node saw another leader, or none any more.',
    );
    observed.onLeaderChange = () => changes.inc();
  }

  #measureReads(): void {
    const barrier = new Histogram({
      name: `${metricPrefix}read_barrier_duration_seconds`,
      help: 'What reads waited until the state could answer them. Those that share a round before the routes count once, local ones there wait for nothing.',
      labelNames: ['level', 'outcome'],
      buckets: waitBounds,
      ...this.#registers,
    });
    const { observed } = this.node;
    observed.onBarrier = (level, outcome, seconds) => barrier.observe({ level, outcome }, seconds);
    const round = this.#histogram(
      'read_round_duration_seconds',
      'Confirmations by the leader, each shared by all reads that waited for it.',
      waitBounds,
    );
    observed.onRound = (seconds) => round.observe(seconds);
  }

  #measureSnapshots(): void {
    const shared = { labelNames: ['way'] as const, ...this.#registers };
    const help = 'Snapshots that this node took for another, or installed.';
    const seconds = new Histogram({
      name: `${metricPrefix}snapshot_duration_seconds`,
      help,
      buckets: longBounds,
      ...shared,
    });
    const bytes = new Counter({ name: `${metricPrefix}snapshot_bytes_total`, help: `${help} Their size.`, ...shared });
    for (const way of ['taken', 'installed'] as const) {
      seconds.zero({ way });
      bytes.inc({ way }, 0);
    }
    this.node.observed.onSnapshot = (way, took, size) => {
      seconds.observe({ way }, took);
      bytes.inc({ way }, size);
    };
  }

  #readMembers(): void {
    const { node, gate } = this;
    this.#gauge('raft_knows_leader', '1 while this node knows who leads, else 0.', () =>
      Number(node.isStarted && node.log.status().leaderId !== null),
    );
    this.#gauge(
      'log_time_ahead_seconds',
      'How far the time of the newest change is ahead of this machine, whose clock or a leader is wrong then.',
      () => node.clock.aheadMs / 1000,
    );
    this.#gauge('serving', '1 while this node takes requests, else 0: it starts, or its state differs.', () =>
      Number(gate.reason === null),
    );
    const behind = new Gauge({
      name: `${metricPrefix}raft_peer_lag_entries`,
      help: 'Entries that a member is not known to hold durably yet; only a leader knows.',
      labelNames: ['member', 'role'],
      ...this.#registers,
      collect() {
        this.reset();
        if (!node.isStarted) return;
        const { role, members, lastIndex } = node.log.status();
        if (role !== 'leader') return;
        for (const { nodeId, matchIndex, role: memberRole } of members)
          behind.set({ member: nodeId, role: memberRole }, Math.max(0, lastIndex - (matchIndex ?? 0)));
      },
    });
  }

  #readPool(): void {
    const pool = (): Pool | undefined =>
      this.node.isStarted ? (this.database.dataSource.driver as unknown as { master?: Pool }).master : undefined;
    const gauge: Gauge<'state'> = new Gauge({
      name: `${metricPrefix}database_pool_connections`,
      help: 'Connections to PostgreSQL for queries: open ones, those of them without work, and queries that wait for one.',
      labelNames: ['state'],
      ...this.#registers,
      collect() {
        const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pool() ?? {};
        gauge.set({ state: 'open' }, totalCount);
        gauge.set({ state: 'idle' }, idleCount);
        gauge.set({ state: 'waiting' }, waitingCount);
      },
    });
  }

  #readDisk(): void {
    const { dataDir } = this.environment;
    this.#gauge('data_directory_free_bytes', 'What the file system of DATA_DIR has left for this user.', async () => {
      const { bavail, bsize } = await statfs(dataDir);
      return bavail * bsize;
    });
    this.#gauge('data_directory_size_bytes', 'What the file system of DATA_DIR holds in all.', async () => {
      const { blocks, bsize } = await statfs(dataDir);
      return blocks * bsize;
    });
    this.#gauge('log_bytes', 'Size of the log on disk.', () => sizeOf(join(dataDir, 'log')));
  }

  #gauge(name: string, help: string, value: () => number | Promise<number>): void {
    new Gauge({
      name: metricPrefix + name,
      help,
      ...this.#registers,
      async collect() {
        // A file system that does not answer costs its own series and no other.
        const now = await Promise.resolve()
          .then(value)
          .catch(() => undefined);
        if (now === undefined) this.remove();
        else this.set(now);
      },
    });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: metricPrefix + name, help, buckets, ...this.#registers });
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name: metricPrefix + name, help, ...this.#registers });
  }
}

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory);
  // The log may cut a segment meanwhile.
  const sizes = names.map((name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
