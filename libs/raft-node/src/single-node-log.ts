import type { DurableLog } from './durable-log';
import { committed, stamped } from './entry-stamp';
import type { LogLimits, Proposal } from './proposal-queue';
import { ProposalQueue } from './proposal-queue';
import type { LogConsumer, LogStatus, Proposed, ReplicatedLog } from './replicated-log';
import { LogError } from './replicated-log';
import type { LogEntry, LogIdentity } from './wal/record';

const REPLAY_BYTES = 1 << 20;

/** The database and the log do not belong together as they are; starting would lose or repeat entries. */
export class LogMismatch extends Error {
  override readonly name = 'LogMismatch';
}

export interface SingleNodeParts {
  readonly log: DurableLog;
  readonly unlock: () => void;
  readonly limits: LogLimits;
  readonly clock: () => number;
  readonly onFatal: (error: Error) => void;
}

/**
 * A group of one: its own sync is the majority. Proposals that arrive while a sync runs form the next batch, and while
 * that one is written the batch before it is applied.
 */
export class SingleNodeLog<Result> implements ReplicatedLog<Result> {
  readonly identity: LogIdentity;
  private readonly queue: ProposalQueue<Result>;
  private phase: 'opened' | 'serving' | 'stopping' | 'ended' = 'opened';
  private consumer: LogConsumer<Result> | undefined;
  private writing: Promise<void> | undefined;
  private applying: Promise<void> = Promise.resolve();
  private term: number;
  private firstIndex: number;
  private lastIndex: number;
  private commitIndex: number;
  private lastAt = 0;
  private stopped: Promise<void> | undefined;
  private closed: Promise<void> | undefined;

  constructor(private readonly parts: SingleNodeParts) {
    const { opened } = parts.log;
    ({ firstIndex: this.firstIndex, lastIndex: this.lastIndex, identity: this.identity } = opened);
    this.term = opened.hardState.term;
    this.commitIndex = opened.lastIndex;
    this.queue = new ProposalQueue(parts.limits);
  }

  async start(consumer: LogConsumer<Result>): Promise<void> {
    if (this.phase !== 'opened') throw new LogError('stopped', 'The log was started before.');
    this.refuseMismatch(consumer.appliedIndex);
    this.consumer = consumer;
    try {
      await this.replay(consumer);
      await this.lead(consumer);
    } catch (error) {
      this.fail(error);
      throw error;
    }
    this.phase = 'serving';
  }

  propose(data: Uint8Array): Promise<Proposed<Result>> {
    const refusal = this.notServing() ?? this.queue.refusal(data.byteLength);
    if (refusal !== undefined) return Promise.reject(refusal);
    const entry = this.nextEntry('command', data);
    return new Promise((resolve, reject) => {
      this.queue.add({ entry, resolve, reject });
      this.writing ??= this.write();
    });
  }

  readIndex(): Promise<number> {
    const refusal = this.notServing();
    return refusal === undefined ? Promise.resolve(this.commitIndex) : Promise.reject(refusal);
  }

  release(index: number): void {
    if (this.phase === 'ended') return;
    const limit = Math.min(index, this.appliedIndex);
    this.parts.log.cutPrefix(limit).then(
      (firstIndex) => (this.firstIndex = firstIndex),
      (error: unknown) => this.fail(error),
    );
  }

  status(): LogStatus {
    const { nodeId, clusterId } = this.identity;
    const leads = this.phase === 'serving' || this.phase === 'stopping';
    return {
      nodeId,
      clusterId,
      role: leads ? 'leader' : 'follower',
      term: this.term,
      leaderId: leads ? nodeId : null,
      firstIndex: this.firstIndex,
      lastIndex: this.lastIndex,
      commitIndex: this.commitIndex,
      appliedIndex: this.appliedIndex,
      pendingProposals: this.queue.size,
      voters: [nodeId],
      learners: [],
    };
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.finish());
  }

  private async finish(): Promise<void> {
    if (!this.hasEnded()) this.phase = 'stopping';
    await this.writing;
    await this.applying;
    this.phase = 'ended';
    this.closed ??= this.parts.log.close();
    await this.closed.finally(this.parts.unlock);
  }

  private hasEnded(): boolean {
    return this.phase === 'ended';
  }

  private get appliedIndex(): number {
    return this.consumer?.appliedIndex ?? 0;
  }

  private notServing(): LogError | undefined {
    if (this.phase === 'serving') return undefined;
    if (this.phase === 'opened') return new LogError('no-leader', 'The log is still being replayed.');
    return new LogError('stopped', 'The log is stopped.');
  }

  private refuseMismatch(appliedIndex: number): void {
    const held = `The log holds entries ${this.firstIndex} to ${this.lastIndex} (cluster ${this.identity.clusterId}), the database has applied ${appliedIndex}`;
    if (appliedIndex > this.lastIndex) {
      throw new LogMismatch(
        `The database is ahead of the log. ${held}. The log was lost, replaced or restored from an older backup. ` +
          'Restore DATA_DIR and the database from the same moment; nothing was changed.',
      );
    }
    if (appliedIndex < this.firstIndex - 1) {
      throw new LogMismatch(
        `The database is behind the log's first entry. ${held}, so the entries between are gone. ` +
          'The database was emptied or restored from an older backup: restore DATA_DIR and the database from the same moment; nothing was changed.',
      );
    }
  }

  /** All that recovery found is durable here, and in a group of one that is committed. */
  private async replay(consumer: LogConsumer<Result>): Promise<void> {
    while (consumer.appliedIndex < this.lastIndex) {
      const entries = await this.parts.log.read(consumer.appliedIndex + 1, REPLAY_BYTES);
      await consumer.ready();
      this.take(consumer, entries);
    }
    const [last] = this.lastIndex < this.firstIndex ? [] : await this.parts.log.read(this.lastIndex, 0);
    if (last !== undefined) this.lastAt = committed(last).at;
  }

  /** As a Raft leader begins: a new term with its own vote, and an empty entry of that term. */
  private async lead(consumer: LogConsumer<Result>): Promise<void> {
    this.term += 1;
    const noop = this.nextEntry('no-op', null);
    await this.parts.log.append([noop], { term: this.term, vote: this.identity.nodeId });
    this.commitIndex = noop.index;
    await consumer.ready();
    this.take(consumer, [noop]);
  }

  private nextEntry(kind: LogEntry['kind'], data: Uint8Array | null): LogEntry {
    this.lastIndex += 1;
    this.lastAt = Math.max(this.lastAt, Math.floor(this.parts.clock()));
    return { index: this.lastIndex, term: this.term, kind, data: stamped(this.lastAt, data) };
  }

  private async write(): Promise<void> {
    // Whatever is proposed in this turn of the event loop goes into the first batch already.
    await Promise.resolve();
    for (let batch = this.queue.take(); batch.length > 0; batch = this.queue.take()) {
      try {
        await this.parts.log.append(batch.map(({ entry }) => entry));
      } catch (error) {
        return this.fail(error);
      }
      this.commitIndex = batch.at(-1)!.entry.index;
      const durable = batch;
      this.applying = this.applying.then(() => this.apply(durable)).catch((error: unknown) => this.fail(error));
    }
    this.writing = undefined;
  }

  private async apply(batch: readonly Proposal<Result>[]): Promise<void> {
    const consumer = this.consumer!;
    await consumer.ready();
    if (this.phase === 'ended') return;
    const results = this.take(
      consumer,
      batch.map(({ entry }) => entry),
    );
    for (const [position, proposal] of batch.entries()) this.queue.settle(proposal, results[position]!);
  }

  private take(consumer: LogConsumer<Result>, entries: readonly LogEntry[]): readonly Result[] {
    const last = entries.at(-1);
    if (last === undefined) throw new Error(`The log ends before entry ${this.lastIndex}.`);
    const results = consumer.apply(entries.map(committed));
    if (results.length !== entries.length || consumer.appliedIndex !== last.index) {
      throw new Error(
        `The consumer took ${results.length} of ${entries.length} entries and stands at ${consumer.appliedIndex}, not ${last.index}.`,
      );
    }
    return results;
  }

  private fail(error: unknown): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.queue.fail('The log has failed and the process is ending.');
    // The lock stays until `stop` or the end of the process: what fails here may still be writing.
    this.closed ??= this.parts.log.close().catch(() => undefined);
    this.parts.onFatal(error instanceof Error ? error : new Error(String(error)));
  }
}
