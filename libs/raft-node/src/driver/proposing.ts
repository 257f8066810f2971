import type { Entry, Position, Proposal, RawNode, RefusalReason } from '@config-guardian/raft';
import { nodeOf } from '@config-guardian/raft';
import type { Clock } from '../clock';
import type { Proposed } from '../replicated-log';
import { LogError } from '../replicated-log';
import type { Transport } from '../transport/transport';
import { PeerError } from '../transport/transport';
import { LONGEST_WAIT_MS } from './batch-gate';
import { HEADER_BYTES, stamp } from './command-header';
import { decodeForwarded, decodePlace, encodeForwarded, encodePlace } from './forwarded-proposals';
import type { LeaderView } from './leader-view';
import { DEFAULT_WAIT_MS } from './limits';
import type { LogLimits } from './limits';
import type { LogCache } from './log-cache';
import type { Pending } from './pending-proposals';
import { mayBeWritten, PendingProposals } from './pending-proposals';

export interface ProposingParts {
  readonly node: RawNode;
  readonly cache: LogCache;
  readonly view: LeaderView;
  readonly limits: LogLimits;
  readonly clock: Clock;
  readonly random: () => number;
  /** Undefined in a group of one. */
  readonly link: Pick<Transport, 'request'> | undefined;
  /** False while this leader's wall clock is not to be believed. */
  readonly mayStamp: () => boolean;
  readonly wake: () => void;
}

interface Forwarded {
  readonly commands: readonly Buffer[];
  readonly resolve: (place: Uint8Array) => void;
  readonly reject: (error: PeerError) => void;
}

/** A leader answers as soon as it has appended: silence for so long means that it, or the way to it, is gone. */
const FORWARD_MS = 2_000;
const FORWARD_BYTES = 1 << 20;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** Whoever refuses so has certainly not appended. */
const refusals = new Set<string>([
  'unreachable',
  'not-leader',
  'transferring',
  'removed',
  'overloaded',
  'not-a-member',
]);

/**
 * Brings this node's proposals into the leader's log, here or over the network, again and again until one attempt is
 * applied here or the time is over; and takes what followers bring when this node leads.
 */
export class Proposing<Result> {
  readonly pending: PendingProposals<Result>;
  private waiting: Pending<Result>[] = [];
  private forwarded: Forwarded[] = [];
  private lastStamp = 0;
  private requests = { underWay: 0, since: 0 };
  private appliedTerm = 0;

  constructor(private readonly parts: ProposingParts) {
    this.pending = new PendingProposals(parts.limits, parts.random);
  }

  propose(data: Uint8Array, deadlineMs = this.parts.clock.monotonic() + DEFAULT_WAIT_MS): Promise<Proposed<Result>> {
    const refusal = this.pending.refusal(data.byteLength);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.waiting.push(this.pending.add(data, deadlineMs, { resolve, reject }));
      this.parts.wake();
    });
  }

  /** Proposals of another node. Resolves with the place of the first as soon as they are in this leader's log. */
  takeForwarded(body: Uint8Array): Promise<Uint8Array> {
    const commands = decodeForwarded(body, HEADER_BYTES, HEADER_BYTES + this.parts.limits.maxEntryBytes);
    return new Promise((resolve, reject) => {
      this.forwarded.push({ commands, resolve, reject });
      this.parts.wake();
    });
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0 || this.forwarded.length > 0;
  }

  /** Gives the core, or the leader elsewhere, what waits. */
  gather(): void {
    if (!this.isWaiting) return;
    const { view, mayStamp, link } = this.parts;
    if (view.leads && mayStamp()) {
      this.appendOwn(this.due());
      for (const each of this.forwarded.splice(0)) this.appendForwarded(each);
      return;
    }
    for (const { reject } of this.forwarded.splice(0)) reject(refusalOf('not-leader'));
    if (view.leads || view.leader === null || link === undefined || this.isHeldByRequest()) return;
    for (const batch of portions(this.due())) this.forward(batch, view.leader);
  }

  applied(entries: readonly Entry[], results: readonly Result[]): void {
    for (const [position, entry] of entries.entries()) this.pending.settle(entry, results[position]!);
    this.reached(entries.at(-1)!.term);
  }

  /** The state jumped: what this node proposed may be inside. To propose it again gets its first outcome. */
  installed({ index, term }: Position): void {
    for (const pending of this.pending.values()) {
      const { attempt } = pending;
      if (attempt.state === 'appended' && attempt.index <= index) this.again(pending, true);
    }
    this.reached(term);
  }

  /** What was sent to another and not answered is told to the new leader as well. */
  leaderChanged(): void {
    const { view } = this.parts;
    for (const pending of this.pending.values()) {
      if (pending.attempt.state === 'sent' && pending.attempt.to !== view.leader) this.again(pending, true);
    }
    this.parts.wake();
  }

  expire(now: number): void {
    this.pending.expire(now, (pending) => this.late(pending));
    if (this.waiting.length > 0) this.parts.wake();
  }

  end(unwritten: LogError): void {
    this.pending.rejectAll((pending) =>
      mayBeWritten(pending) ? new LogError('outcome-unknown', unwritten.message) : unwritten,
    );
    this.waiting = [];
    for (const { reject } of this.forwarded.splice(0)) reject(new PeerError('disconnected', unwritten.message));
  }

  /** What comes while a request is under way makes the next one. */
  private isHeldByRequest(): boolean {
    const { underWay, since } = this.requests;
    return underWay > 0 && this.parts.clock.monotonic() - since <= LONGEST_WAIT_MS;
  }

  private requestEnded(): void {
    this.requests.underWay -= 1;
    if (this.waiting.length > 0) this.parts.wake();
  }

  private late(pending: Pending<Result>): LogError {
    if (mayBeWritten(pending))
      return new LogError('outcome-unknown', 'The proposal was not seen to be committed in time.');
    return new LogError('no-leader', 'No leader took the proposal in time.');
  }

  /** Terms never fall along a log: nothing of an earlier term follows an entry of this one. */
  private reached(term: number): void {
    if (term <= this.appliedTerm) return;
    this.appliedTerm = term;
    for (const pending of this.pending.values()) {
      if (pending.attempt.state === 'appended' && pending.attempt.term < term) this.again(pending, pending.mayBeLogged);
    }
  }

  private again(pending: Pending<Result>, mayBeLogged: boolean): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pending.tries, 10));
    pending.attempt = { state: 'waiting', notBefore: this.parts.clock.monotonic() + pause };
    pending.mayBeLogged = mayBeLogged;
    this.waiting.push(pending);
  }

  private due(): Pending<Result>[] {
    const now = this.parts.clock.monotonic();
    const due: Pending<Result>[] = [];
    const later: Pending<Result>[] = [];
    for (const pending of this.waiting) {
      if (!this.pending.has(pending) || pending.attempt.state !== 'waiting') continue;
      (pending.attempt.notBefore <= now ? due : later).push(pending);
    }
    this.waiting = later;
    return due;
  }

  private appendOwn(batch: readonly Pending<Result>[]): void {
    if (batch.length === 0) return;
    const placed = this.append(batch.map(commandOf));
    if (placed.ok) {
      for (const [position, pending] of batch.entries()) {
        pending.attempt = { state: 'appended', index: placed.index + position, term: placed.term };
      }
    } else if (placed.reason === 'overloaded' && batch.length > 1) for (const one of batch) this.appendOwn([one]);
    else for (const pending of batch) this.refused(pending, placed.reason);
  }

  private appendForwarded({ commands, resolve, reject }: Forwarded): void {
    const placed = this.append(commands);
    if (placed.ok) resolve(encodePlace(placed.index, placed.term));
    else reject(refusalOf(placed.reason));
  }

  private append(commands: readonly Buffer[]): Proposal {
    const { node, cache, clock, limits } = this.parts;
    if (cache.unappliedBytes > limits.maxUnappliedBytes) return { ok: false, reason: 'overloaded' };
    this.lastStamp = Math.max(this.lastStamp, Math.floor(clock.wall()));
    for (const command of commands) stamp(command, this.lastStamp);
    return node.propose(commands);
  }

  private refused(pending: Pending<Result>, reason: RefusalReason | (string & {})): void {
    if (reason === 'overloaded' && !pending.mayBeLogged) {
      this.pending.reject(
        pending,
        new LogError('overloaded', 'The leader cannot take more just now: try again later.'),
      );
    } else this.again(pending, pending.mayBeLogged);
  }

  private forward(batch: readonly Pending<Result>[], to: string): void {
    const { link, clock } = this.parts;
    const now = clock.monotonic();
    const attempt = { state: 'sent', to } as const;
    const commands = batch.map(commandOf);
    for (const pending of batch) pending.attempt = attempt;
    this.requests = { underWay: this.requests.underWay + 1, since: now };
    const longest = Math.max(...batch.map(({ deadlineMs }) => deadlineMs - now));
    const timeoutMs = Math.max(1, Math.min(FORWARD_MS, longest));
    const isStill = (pending: Pending<Result>): boolean => this.pending.has(pending) && pending.attempt === attempt;
    link!.request(nodeOf(to), 'propose', encodeForwarded(commands), { timeoutMs }).then(
      (body) => {
        this.requestEnded();
        const { index, term } = decodePlace(body);
        for (const [position, pending] of batch.entries()) {
          if (!isStill(pending)) continue;
          pending.attempt = { state: 'appended', index: index + position, term };
          if (term < this.appliedTerm) this.again(pending, true);
        }
      },
      (error: unknown) => {
        this.requestEnded();
        const code = error instanceof PeerError ? error.code : 'disconnected';
        for (const pending of batch) {
          if (!isStill(pending)) continue;
          if (refusals.has(code)) this.refused(pending, code);
          else this.again(pending, true);
        }
      },
    );
  }
}

/** An entry of an earlier attempt may still be in the log: its bytes stay as they are. */
function commandOf<Result>(pending: Pending<Result>): Buffer {
  pending.tries += 1;
  return pending.tries === 1 ? pending.command : Buffer.from(pending.command);
}

function refusalOf(reason: RefusalReason): PeerError {
  return new PeerError(reason, `The proposal was refused: ${reason}.`);
}

function* portions<Result>(batch: readonly Pending<Result>[]): Generator<readonly Pending<Result>[]> {
  let [from, bytes] = [0, 0];
  for (const [position, { command }] of batch.entries()) {
    if (position > from && bytes + command.byteLength > FORWARD_BYTES) {
      yield batch.slice(from, position);
      [from, bytes] = [position, 0];
    }
    bytes += command.byteLength;
  }
  if (from < batch.length) yield batch.slice(from);
}
