import { EntriesLost, memberId } from '@config-guardian/raft';
import type { MembershipChange, MemberId } from '@config-guardian/raft';
import type { Clock } from './clock';
import { readLog } from './driver/boot';
import { askLeader } from './driver/leader-requests';
import type { LeaderRequest } from './driver/leader-requests';
import { LeaderView } from './driver/leader-view';
import type { LogLimits } from './driver/limits';
import type { ObserveWrite } from './driver/log-writer';
import { DEFAULT_WAIT_MS } from './driver/limits';
import { PeerHandlers } from './driver/peer-handlers';
import { RunningMember } from './driver/running-member';
import type { Timing } from './driver/running-member';
import { openedStatus, runningStatus } from './driver/status';
import type { Unlock } from './disk/file-system';
import type { DurableLog } from './durable-log';
import { LogMismatch } from './log-mismatch';
import type { Leadership, LogConsumer, LogStatus, Proposed, ReplicatedLog, WaitOptions } from './replicated-log';
import { LogError } from './replicated-log';
import type { Transport, TransportHandlers } from './transport/transport';
import type { LogIdentity } from './wal/record';

export interface RaftLogParts {
  readonly log: DurableLog;
  readonly unlock: Unlock;
  readonly limits: LogLimits;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly random: () => number;
  readonly link: Pick<Transport, 'send' | 'request'> | undefined;
  readonly snapshotsDirectory: string | undefined;
  readonly observeWrite: ObserveWrite | undefined;
  readonly onFatal: (error: Error) => void;
  readonly onWarning: (message: string) => void;
}

/** A member of a Raft group, whether it has one member or five. */
export class RaftLog<Result> implements ReplicatedLog<Result> {
  readonly identity: LogIdentity;
  readonly member: MemberId;
  /** What the transport's owner passes on of what the other members send. */
  readonly handlers: TransportHandlers;
  private readonly view = new LeaderView();
  private phase: 'opened' | 'serving' | 'stopping' | 'ended' = 'opened';
  private running: RunningMember<Result> | undefined;
  private stopped: Promise<void> | undefined;
  private closed: Promise<void> | undefined;
  private fatal: Error | undefined;

  constructor(private readonly parts: RaftLogParts) {
    this.identity = parts.log.opened.identity;
    this.member = memberId(this.identity.nodeId, this.identity.incarnation);
    this.handlers = new PeerHandlers(this.identity.clusterId, () => this.running);
  }

  async start(consumer: LogConsumer<Result>): Promise<void> {
    if (this.phase !== 'opened' || this.running !== undefined) throw stopped('The log was started before.');
    const { view, member, parts } = this;
    const { log, limits, timing, clock, random, link, snapshotsDirectory, observeWrite, onWarning: warn } = parts;
    const fail = (error: unknown): void => this.fail(error);
    const cache = await readLog(log, consumer);
    const shared = {
      log,
      cache,
      consumer,
      view,
      limits,
      timing,
      clock,
      random,
      link,
      snapshotsDirectory,
      observeWrite,
    };
    const running = new RunningMember<Result>({ ...shared, member, warn, fail, assertHeld: parts.unlock.assertHeld });
    this.running = running;
    await running.start();
    if (running.isAlone) await this.untilReplayed(running);
    if (this.phase === 'opened') this.phase = 'serving';
  }

  propose(data: Uint8Array, { deadlineMs }: WaitOptions = {}): Promise<Proposed<Result>> {
    return this.serving((running) => running.proposing.propose(data, deadlineMs));
  }

  readIndex({ deadlineMs }: WaitOptions = {}): Promise<number> {
    return this.serving((running) => running.reads.ask(deadlineMs));
  }

  changeMembership(change: MembershipChange, options: WaitOptions = {}): Promise<void> {
    return this.ask({ method: 'change-membership', change }, options);
  }

  transferLeadership(to: string | null, options: WaitOptions = {}): Promise<void> {
    return this.ask({ method: 'transfer-leadership', to }, options);
  }

  onLeadership(listener: (now: Leadership) => void): void {
    this.view.onChange(listener);
  }

  release(index: number): void {
    if (this.phase !== 'ended') this.running?.release(index);
  }

  status(): LogStatus {
    const { running, view, parts } = this;
    if (running === undefined) return openedStatus(parts.log.opened);
    return runningStatus(running, view, parts.log.opened, this.phase === 'ended');
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.finish());
  }

  /** Replay ends where the log ended: a leader's first entry stands behind all that was there before. */
  private async untilReplayed(running: RunningMember<Result>): Promise<void> {
    try {
      await running.appliedIndex.reached(await running.reads.ask(Infinity));
    } catch (error) {
      throw this.fatal ?? error;
    }
  }

  private serving<T>(work: (running: RunningMember<Result>) => Promise<T>): Promise<T> {
    if (this.phase === 'opened') return Promise.reject(new LogError('no-leader', 'The log is still being replayed.'));
    if (this.phase !== 'serving') return Promise.reject(stopped('The log is stopped.'));
    return work(this.running!);
  }

  private ask(request: LeaderRequest, { deadlineMs }: WaitOptions): Promise<void> {
    const { view, parts } = this;
    const { clock, link } = parts;
    return this.serving((running) => {
      const serve = running.serve.bind(running);
      return askLeader({ view, clock, link, serve }, request, deadlineMs ?? clock.monotonic() + DEFAULT_WAIT_MS);
    });
  }

  private async finish(): Promise<void> {
    const { running } = this;
    if (this.phase !== 'ended') {
      this.phase = 'stopping';
      if (running !== undefined) await this.wind(running);
    }
    this.end(stopped('The log is stopped.'));
    await running?.idle();
    this.closed ??= this.parts.log.close();
    await this.closed.finally(this.parts.unlock);
  }

  /** A node that goes leaves no gap behind it: another leads before it falls silent, and what it began is finished. */
  private async wind(running: RunningMember<Result>): Promise<void> {
    const { clock, limits } = this.parts;
    const endsAt = clock.monotonic() + limits.stopMs;
    if (this.view.leads && !running.isAlone) {
      await running.transfers.transfer(null, endsAt).catch(() => undefined);
    }
    while (!this.hasEnded() && !running.isIdle && clock.monotonic() < endsAt) {
      await new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve));
    }
  }

  private hasEnded(): boolean {
    return this.phase === 'ended';
  }

  private end(error: LogError): void {
    this.phase = 'ended';
    this.running?.end(error);
  }

  private fail(error: unknown): void {
    if (this.phase === 'ended') return;
    this.fatal = this.explained(error);
    this.end(stopped('The log has failed and the process is ending.'));
    // The lock stays until `stop` or the end of the process: what fails here may still be writing.
    this.closed ??= this.parts.log.close().catch(() => undefined);
    this.parts.onFatal(this.fatal);
  }

  private explained(error: unknown): Error {
    if (!(error instanceof EntriesLost)) return error instanceof Error ? error : new Error(String(error));
    const { nodeId } = this.parts.log.opened.identity;
    return new LogMismatch(
      `The log of ${nodeId} ends before what ${nodeId} has acknowledged (${error.message}): its disk is an old copy. Put the newest disk back; if it is gone, remove ${nodeId} from the cluster, and start the node with an empty DATA_DIR, an empty database, a NODE_ID that was never used and CLUSTER_JOIN.`,
    );
  }
}

const PAUSE_MS = 5;

function stopped(message: string): LogError {
  return new LogError('stopped', message);
}
