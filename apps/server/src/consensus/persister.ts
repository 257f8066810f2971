import type { DataSource } from 'typeorm';
import { DatabaseSession } from '../database/database-session';
import { errorText } from '../database/transient-error';
import { ForeignWriteError, writeBatch, writeThrough } from './persister-batch';
import { PendingRows } from './persister-pending';
import { readAppliedIndex } from './persister-meta';
import type { PersisterOptions, PersisterStatus } from './persister-options';
import { persisterDefaults } from './persister-options';
import { PersisterQueue } from './persister-queue';
import { PersisterRetries } from './persister-retries';
import { Standstill } from './persister-standstill';
import { Alarm, IndexWaiters, orTimeout, Room } from './persister-waiters';
import type { Applied, StatePosition } from './state-machine';
import type { RowChange } from './state/staging';
import type { TableDefinition } from './state/table-definition';

const stopped = (): Error => new Error('the persister has stopped');
type RequiredOptions = 'windowLength' | 'onFatal' | 'onDurable' | 'log';

/**
 * Copies what the state machine did into this node's PostgreSQL, in order, in bulk, and exactly once.
 *
 * Commits are asynchronous, so a crash of the server takes the newest with it. Therefore rows stay in memory until a
 * synchronous commit covers them, and every new connection first asks where the database stands and goes on from there.
 * Not even a commit whose answer was lost is written twice: each transaction moves the applied index from the value
 * that this node left.
 */
export class Persister {
  readonly #options: PersisterOptions;
  readonly #rows: PendingRows;
  readonly #queue = new PersisterQueue();
  readonly #flushed = new IndexWaiters();
  readonly #alarm: Alarm;
  /** Ends the pause in which a batch grows. */
  readonly #wanted: Alarm;
  readonly #room = new Room();
  readonly #standstill: Standstill;
  #session: DatabaseSession | undefined;
  /** The session has asked where the database stands, so `sentIndex` is what others see as long as it lives. */
  #hasResumed = false;
  #running: Promise<void> | undefined;
  #durableIndex = 0;
  /** What the last process committed asynchronously is not safe either: the first commit is a synchronous one. */
  #lastSyncMs = -Infinity;
  /** When what is not sent yet began to gather. */
  #gatheringSinceMs = -Infinity;
  #syncWanted = false;
  readonly #retries: PersisterRetries;
  #batchRows: number;
  #lastError: string | null = null;
  #stopping = false;
  #cut = false;
  #failure: Error | undefined;

  constructor(
    private readonly dataSource: DataSource,
    tables: readonly TableDefinition<object, string>[],
    options: Pick<PersisterOptions, RequiredOptions> & Partial<PersisterOptions>,
  ) {
    this.#options = { ...persisterDefaults, ...options };
    this.#alarm = new Alarm(this.#options.clock);
    this.#wanted = new Alarm(this.#options.clock);
    this.#standstill = new Standstill(this.#options.clock);
    this.#rows = new PendingRows(dataSource, tables);
    this.#retries = new PersisterRetries(this.#options);
    this.#batchRows = this.#options.maxBatchRows;
  }

  /** Continues from the position at which the state was restored from this database. */
  start(position: StatePosition): void {
    this.#queue.startAt(position.index);
    this.#running = this.#run();
  }

  /**
   * Takes what the next entries did, all of it or, with an exception, nothing: then a row can never be stored, and the
   * node must stop. `position` is the state's after the last of them.
   */
  enqueue(applied: readonly Applied[], position: StatePosition, membership: string): void {
    if (applied.length === 0) return;
    const next = this.#queue.lastIndex + 1;
    if (applied[0]?.index !== next || position.index !== next + applied.length - 1) {
      throw new Error(`the persister was given index ${applied[0]?.index} to ${position.index} instead of ${next}`);
    }
    if (this.#queue.unsentEntries === 0) this.#gatheringSinceMs = this.#options.clock.monotonic();
    this.#queue.push({ position, membership, entries: applied.length, ...this.#rows.of(applied) });
    this.#standstill.begin();
    this.#alarm.ring();
  }

  /** Why the database could not hold what a command would do, or undefined: such a command must not be proposed. */
  refusal(changes: readonly RowChange[]): string | undefined {
    return this.#rows.refusal(changes);
  }

  /** Resolves while there is room for more; otherwise as soon as the database has taken enough. */
  ready(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (!this.#isFull()) return Promise.resolve();
    this.#syncWanted = true;
    this.#alarm.ring();
    this.#wanted.ring();
    return this.#room.wait();
  }

  /**
   * The database takes nothing, and half of what may wait for it does already. Whoever proposes now may wait for the
   * database, and reads behind the proposal with it; the other half is for what is on its way through the log.
   */
  get isBlocked(): boolean {
    return this.#isFull(0.5) && this.#standstill.ms > this.#options.blockedAfterMs;
  }

  /** For how long the database has taken nothing of what waits for it, or was away. */
  get standstillMs(): number {
    return this.#standstill.ms;
  }

  /**
   * Resolves when every other connection sees what was done up to `index`; rejects with the signal's reason. Without a
   * session nobody knows what a crash has left, so all wait for the next one.
   */
  flushed(index: number, signal?: AbortSignal): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#cut) return Promise.reject(stopped());
    if (this.#isConnected && index <= this.#queue.sentIndex) return Promise.resolve();
    this.#wanted.ring();
    return this.#flushed.wait(index, signal);
  }

  /** Asks for a synchronous commit now instead of at the end of the interval. */
  sync(): void {
    this.#syncWanted = true;
    this.#alarm.ring();
    this.#wanted.ring();
  }

  status(): PersisterStatus {
    return {
      flushedIndex: this.#queue.sentIndex,
      durableIndex: this.#durableIndex,
      pendingEntries: this.#queue.entries,
      pendingRows: this.#queue.rows,
      pendingBytes: this.#queue.bytes,
      connected: this.#isConnected,
      lastError: this.#lastError,
    };
  }

  /** Writes what is left and commits synchronously; gives up in time, because the log still holds what is not written. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#alarm.ring();
    this.#wanted.ring();
    this.#retries.hurry();
    await orTimeout(this.#running, this.#options.stopTimeoutMs, this.#options.clock);
    this.#cut = true;
    this.#session?.close();
    this.#alarm.ring();
    this.#retries.hurry();
    const { lastIndex } = this.#queue;
    if (!this.#failure && this.#durableIndex < lastIndex) {
      this.#options.log.warn(
        `stopped with the database safe up to ${this.#durableIndex} of ${lastIndex}; the log has the rest`,
      );
    }
    this.#flushed.fail(stopped());
    this.#room.give();
  }

  async #run(): Promise<void> {
    while (!this.#cut && !this.#failure) {
      try {
        const session = await this.#connect();
        if (await this.#writeUntilStopped(session)) return;
      } catch (error) {
        await this.#recover(error);
      }
    }
    this.#session?.close();
  }

  /** Answers true when everything is written and no more will come. */
  async #writeUntilStopped(session: DatabaseSession): Promise<boolean> {
    while (!this.#cut) {
      if (session.lost) throw session.lost;
      await this.#gather();
      const wait = this.#untilSync();
      const groups = this.#queue.next(this.#batchRows, this.#options.maxBatchBytes);
      const from = this.#queue.sentIndex;
      if (groups.length > 0) {
        const durable = wait === 0;
        const startedAt = performance.now();
        await writeBatch(session, groups, from, { durable, windowLength: this.#options.windowLength });
        this.#queue.sent(groups);
        this.#committed(durable);
        this.#options.onBatch({ from, to: this.#queue.sentIndex, startedAt, durable });
      } else if (wait === 0) {
        await writeThrough(session, from);
        this.#committed(true);
      } else if (this.#stopping) {
        return true;
      } else {
        await this.#alarm.sleep(wait);
      }
    }
    return false;
  }

  /** Lets a batch grow: a transaction costs its statements going to and fro, however many rows they carry. */
  async #gather(): Promise<void> {
    const { gatherMs, gatherEntries, clock } = this.#options;
    const [unsent, pauseMs] = [this.#queue.unsentEntries, this.#gatheringSinceMs + gatherMs - clock.monotonic()];
    if (pauseMs <= 0 || this.#flushed.isWaitedFor || this.#syncWanted || this.#stopping) return;
    if (unsent > 0 && unsent < gatherEntries) await this.#wanted.sleep(pauseMs);
  }

  async #connect(): Promise<DatabaseSession> {
    const session = await DatabaseSession.open(this.dataSource, 'config-guardian persister', () => this.#alarm.ring());
    this.#session = session;
    const index = await readAppliedIndex(session);
    if (index === undefined || index > this.#queue.lastIndex) throw new ForeignWriteError(this.#queue.sentIndex);
    if (index < this.#queue.floor) {
      throw new Error(
        `the database has fallen back to index ${index}, below ${this.#queue.floor}, from where on this node keeps what it wrote: ` +
          'this node stops, and starts again from its log',
      );
    }
    const before = this.#queue.sentIndex;
    if (!this.#queue.resumeAfter(index)) throw new ForeignWriteError(before);
    if (index < before)
      this.#options.log.warn(`the database lost the entries ${index + 1} to ${before}; they are written again`);
    this.#hasResumed = true;
    if (this.#queue.entries === 0) this.#standstill.end(false);
    this.#flushed.reached(index);
    return session;
  }

  #committed(durable: boolean): void {
    this.#retries.succeeded();
    this.#lastError = null;
    this.#batchRows = Math.min(this.#options.maxBatchRows, this.#batchRows * 2);
    const index = this.#queue.sentIndex;
    const now = (this.#gatheringSinceMs = this.#options.clock.monotonic());
    if (durable) {
      this.#queue.forgetSent();
      this.#durableIndex = index;
      this.#lastSyncMs = now;
      this.#syncWanted = false;
      this.#options.onDurable(index);
    }
    this.#standstill.end(this.#queue.entries > 0);
    this.#flushed.reached(index);
    if (this.#isFull()) this.#syncWanted = true;
    else this.#room.give();
  }

  /** Milliseconds until a synchronous commit is due; undefined when everything sent is durable already. */
  #untilSync(): number | undefined {
    if (this.#queue.unsentEntries === 0 && this.#durableIndex === this.#queue.sentIndex) return undefined;
    if (this.#syncWanted || this.#stopping) return 0;
    return Math.max(0, this.#lastSyncMs + this.#options.syncIntervalMs - this.#options.clock.monotonic());
  }

  get #isConnected(): boolean {
    return this.#hasResumed && this.#session?.lost === undefined;
  }

  #isFull(share = 1): boolean {
    const { maxPendingRows, maxPendingBytes } = this.#options;
    return this.#queue.rows >= share * maxPendingRows || this.#queue.bytes >= share * maxPendingBytes;
  }

  async #recover(error: unknown): Promise<void> {
    this.#hasResumed = false;
    this.#standstill.begin();
    this.#session?.close();
    this.#session = undefined;
    if (this.#cut) return;
    const lasting = this.#retries.refuse(error);
    if (lasting) return this.#fail(lasting);
    const text = errorText(error);
    if (this.#lastError !== text)
      this.#options.log.warn(`the database is away, what is applied waits in memory: ${text}`);
    this.#lastError = text;
    // A batch that was too slow may be quick enough in parts.
    this.#batchRows = Math.max(1, Math.floor(this.#batchRows / 2));
    await this.#retries.pause();
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#lastError = errorText(error);
    this.#options.log.error(`this node stops writing to its database: ${this.#lastError}`);
    this.#flushed.fail(error);
    this.#room.give();
    this.#options.onFatal(error);
  }
}
