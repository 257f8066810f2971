import { LogError } from '@config-guardian/raft-node';
import type { LogStatus } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Deadline } from '../common/deadline';
import type { ReadConsistency, RequestContext } from '../common/http/request-context';
import { reject, Rejected } from '../common/rejected';
import { inSpan, tracing } from '../common/tracing';
import { within } from '../common/within';
import type { CommandDefinition, CommandResult, Permission, PermissionSubject } from './command';
import { proposable } from './command';
import { observedBarrier } from './observed-barrier';
import { ConsensusNode } from './consensus-node';
import type { Envelope } from './envelope';
import { encodeEnvelope } from './envelope';
import type { KeptOutcome, Outcome } from './outcome-window';
import type { Applied } from './state-machine';
import { requireStorable } from './storable';
import type { StateView } from './state/state';

/** The outcome of a command that was applied. */
export interface Executed<Result> {
  readonly index: number;
  readonly result: Result;
  /** The command had been applied before; the result is the one of that first time. */
  readonly repeated: boolean;
}

/** What the features see of consensus: the state to read, barriers to wait on, and a way to change things. */
@Injectable()
export class ConsensusService {
  constructor(private readonly node: ConsensusNode) {}

  /** The current rows. Pass a barrier before reading; then read synchronously. */
  get state(): StateView {
    return this.node.machine.state;
  }

  /** Voters and learners; at least this node. */
  get memberCount(): number {
    return Math.max(1, this.node.log.status().members.length);
  }

  get appliedIndex(): number {
    return this.node.applied.value;
  }

  /** How long ago the state was last known to hold every acknowledged write, in milliseconds. */
  get stateAgeMs(): number {
    return this.node.isStarted ? this.node.barrier.ageMs : Infinity;
  }

  get stateHash(): string {
    return this.node.machine.hash;
  }

  get auditHead() {
    return this.node.machine.position.auditHead;
  }

  status(): LogStatus {
    return this.node.log.status();
  }

  /** Rejects unless the actor may do this, judged by the state as it is now. */
  checkPermission(permission: Permission, actorId: string | null, subject: PermissionSubject): void {
    this.node.machine.registry.checkPermission(this.state, permission, actorId, subject);
  }

  /** Waits until this node's state may answer a read of this consistency; resolves with the index it stands at. */
  async barrier(read: ReadConsistency, deadline: Deadline): Promise<number> {
    return observedBarrier(this.node.observed, read.level, () => translated(this.node.barrier.pass(read, deadline)));
  }

  /** Waits until PostgreSQL shows everything up to the index (by default: up to where the state stands now). */
  async flushed(deadline: Deadline, index = this.appliedIndex): Promise<void> {
    await within(deadline, this.node.flushed(index), () =>
      reject('not-ready', { detail: 'The database of this node is behind or away.', retryAfterSeconds: 1 }),
    );
  }

  /** What the command that this request names came to when it was applied before. Throws `Rejected` when it was rejected. */
  repeated<Result extends CommandResult>(
    context: Pick<RequestContext, 'commandId' | 'fingerprint'>,
  ): Executed<Result> | undefined {
    const kept = this.keptOutcome(context);
    return kept && settled<Result>(kept.index, kept.outcome, true);
  }

  /** The kept outcome of the command that this request names, when it was applied before. */
  keptOutcome(context: Pick<RequestContext, 'commandId' | 'fingerprint'>): KeptOutcome | undefined {
    const kept = this.node.machine.window.find(context.commandId);
    if (kept && kept.fingerprint !== context.fingerprint) reject('idempotency-mismatch');
    return kept;
  }

  /**
   * Proposes the command for the request and resolves when a majority holds it and this node has applied it. Throws
   * `Rejected`: what `apply` decided, or why it could not be proposed.
   */
  async execute<Payload extends object, Result extends CommandResult>(
    command: CommandDefinition<Payload, Result>,
    payload: Payload,
    context: RequestContext,
  ): Promise<Executed<Result>> {
    const repeated = this.repeated<Result>(context);
    if (repeated) return repeated;
    const { commandId: id, actorId: actor, requestId, trace, fingerprint } = context;
    const envelope: Envelope = {
      ...proposable(command, payload, this.state.clusterVersion),
      id,
      actor,
      requestId,
      trace,
      fingerprint,
      birthIndex: this.appliedIndex,
    };
    return inSpan('propose', { 'config_guardian.command': envelope.type }, () =>
      this.#propose<Result>({ ...envelope, trace: tracing()?.traceparent() ?? trace }, context.deadline),
    );
  }

  /** The same for a command of the node itself. */
  async executeAsSystem<Payload extends object, Result extends CommandResult>(
    command: CommandDefinition<Payload, Result>,
    payload: Payload,
  ): Promise<Executed<Result>> {
    const id = randomUUID();
    const envelope: Envelope = {
      ...proposable(command, payload, this.state.clusterVersion),
      id,
      actor: null,
      requestId: `system-${id}`,
      trace: null,
      fingerprint: id,
      birthIndex: this.appliedIndex,
    };
    return this.#propose<Result>(envelope, Deadline.after(systemTimeoutMs));
  }

  async #propose<Result extends CommandResult>(envelope: Envelope, deadline: Deadline): Promise<Executed<Result>> {
    if (deadline.isOver) reject('timeout');
    if (this.node.persister.isBlocked) {
      const detail = "This node's database is away, and no more may wait for it.";
      reject('overloaded', { detail, retryAfterSeconds: 1 });
    }
    requireStorable(envelope);
    // An exception in apply would halt every node, so it has to show here, where it is one request's 500.
    const refusal = this.node.persister.refusal(this.node.machine.rehearse(envelope, Date.now()));
    if (refusal !== undefined) throw new Error(`a command would write what the database cannot hold: ${refusal}`);
    const data = encodeEnvelope(envelope);
    deadline.markProposed();
    const proposed = this.node.log.propose(data, { deadlineMs: deadline.endsAt });
    const { index, result } = await translated(proposed.catch((error: unknown) => this.#installed(envelope, error)));
    if (!result.outcome) throw new Error('a command was applied without an outcome');
    return settled<Result>(index, result.outcome, result.duplicate);
  }

  /**
   * A snapshot may have brought the outcome: then nobody tells of the entry here, but it is known. Whether it was this
   * request's entry or another's with the same key is not: then it counts as the other's, whose secret nobody has here.
   */
  #installed(
    { id, fingerprint }: Envelope,
    error: unknown,
  ): { index: number; result: Pick<Applied, 'outcome' | 'duplicate'> } {
    const kept = this.node.machine.window.find(id);
    if (kept?.fingerprint !== fingerprint) throw error;
    return { index: kept.index, result: { outcome: kept.outcome, duplicate: fingerprint !== id } };
  }
}

const systemTimeoutMs = 10_000;

function settled<Result extends CommandResult>(index: number, outcome: Outcome, repeated: boolean): Executed<Result> {
  if (outcome.status === 'rejected') throw new Rejected(outcome.code, outcome.detail);
  return { index, result: outcome.result as Result, repeated };
}

/** Errors of the log in the words of the API. */
async function translated<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    switch (error.code) {
      case 'no-leader':
      case 'overloaded':
      case 'outcome-unknown':
        return reject(error.code, { detail: error.message, retryAfterSeconds: 1 });
      case 'stopped':
        return reject('not-ready', { detail: 'The node is stopping.', retryAfterSeconds: 1 });
      case 'too-large':
        return reject('payload-too-large', error.message);
      case 'refused':
        throw error;
    }
  }
}
