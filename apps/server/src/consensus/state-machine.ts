import type { CommittedEntry } from '@config-guardian/raft-node';
import { Rejected } from '../common/rejected';
import type { UnchainedAuditRecord } from './audit-chain';
import { auditRecords, chainAuditRecord, firstAuditHead } from './audit-chain';
import type { ApplyContext, CommandDefinition, CommandResult } from './command';
import { commandName } from './command';
import type { CommandRegistry } from './command.registry';
import type { Published } from './domain-event';
import type { Envelope } from './envelope';
import { decodeEnvelope } from './envelope';
import type { Outcome } from './outcome-window';
import { commandOutcomes, OutcomeWindow } from './outcome-window';
import type { RowChange } from './state/staging';
import { Staging } from './state/staging';
import { State } from './state/state';
import type { StatePosition } from './state-hash';
import { stateHash } from './state-hash';

export type { StatePosition } from './state-hash';

/** What one log entry did. */
export interface Applied {
  readonly index: number;
  readonly commandId: string | null;
  readonly outcome: Outcome | null;
  /** The command had been applied before: this is its first outcome again, and nothing was changed or recorded. */
  readonly duplicate: boolean;
  readonly changes: readonly RowChange[];
  readonly events: readonly Published[];
}

/** An outcome that leaves no trace: the proposer looks again and retries, or was told of a mistake of its own. */
const unrecorded = new Set<string>(['schema-changed', 'idempotency-mismatch', 'outcome-unknown']);

/**
 * The state of the service as a pure function of the log. Synchronous and without any input but the entries: two
 * machines fed the same entries hold the same state and the same hash.
 */
export class StateMachine {
  readonly state: State;
  readonly window: OutcomeWindow;
  #index = 0;
  #term = 0;
  #lastAtMs = 0;
  #membership = '';
  #auditHead = firstAuditHead;

  constructor(
    readonly registry: CommandRegistry,
    options: { readonly windowLength?: number } = {},
  ) {
    this.state = new State(registry.tables, registry.references);
    this.window = new OutcomeWindow(options.windowLength);
  }

  get position(): StatePosition {
    return {
      index: this.#index,
      term: this.#term,
      lastAtMs: this.#lastAtMs,
      auditHead: this.#auditHead,
      clusterVersion: this.state.clusterVersion,
      rowHash: this.state.hash.value,
    };
  }

  /** The members as the log last said it, in the log's own words; '' as long as it has said nothing. */
  get membership(): string {
    return this.#membership;
  }

  /** Equal on every node that stands at the same index. */
  get hash(): string {
    return stateHash(this.position);
  }

  /** Continues from a state loaded row by row from PostgreSQL. */
  restore(position: Omit<StatePosition, 'rowHash'>, membership: string): void {
    this.#membership = membership;
    this.#index = position.index;
    this.#term = position.term;
    this.#lastAtMs = position.lastAtMs;
    this.#auditHead = position.auditHead;
    this.state.clusterVersion = position.clusterVersion;
  }

  /** Throws when the entry cannot be applied by this build; the node must halt then, it never skips. */
  apply(committed: CommittedEntry): Applied {
    const { index, at, membership } = committed;
    if (index !== this.#index + 1) throw new Error(`entry ${index} does not follow index ${this.#index}`);
    // A new leader does not know what the one before it stamped, and stamps only commands.
    const entry = at < this.#lastAtMs ? { ...committed, at: this.#lastAtMs } : committed;
    const applied = entry.data === null ? nothing(entry.index) : this.#applyCommand(entry, decodeEnvelope(entry.data));
    this.#index = entry.index;
    this.#term = entry.term;
    this.#lastAtMs = entry.at;
    this.#membership = membership ?? this.#membership;
    this.window.forget(entry.index);
    return applied;
  }

  /**
   * Runs the command against the current state, throws everything away and tells what it would have written, its audit
   * record included: a rejected command leaves one too. An exception here never reaches the log.
   */
  rehearse(envelope: Envelope, atMs: number): readonly RowChange[] {
    const staging = new Staging(this.state);
    const entry = { index: this.#index + 1, term: this.#term, at: Math.max(atMs, this.#lastAtMs), data: null };
    try {
      const { definition, outcome } = this.#run(envelope, entry, staging);
      if (outcome.status === 'rejected') staging.discard();
      // The hashes are left out: they cost much and can always be stored.
      const record = auditRecordOf(definition, envelope, entry, outcome);
      staging.append(auditRecords, { ...record, previousHash: '', hash: '' });
      return staging.changes;
    } finally {
      staging.discard();
    }
  }

  #applyCommand(entry: CommittedEntry, envelope: Envelope): Applied {
    const { index, term } = entry;
    const kept = this.window.find(envelope.id);
    if (kept) {
      const outcome = kept.fingerprint === envelope.fingerprint ? kept.outcome : refused('idempotency-mismatch');
      return { ...nothing(index), commandId: envelope.id, outcome, duplicate: true };
    }
    if (this.window.mayHaveForgotten(envelope.birthIndex, index)) {
      return { ...nothing(index), commandId: envelope.id, outcome: refused('outcome-unknown') };
    }
    const staging = new Staging(this.state);
    const { definition, outcome } = this.#run(envelope, entry, staging);
    if (outcome.status === 'rejected') staging.discard();
    const events = staging.events.map((event) => ({
      ...event,
      index,
      term,
      at: timeOf(entry),
      actorId: envelope.actor,
    }));
    if (outcome.status === 'applied' || !unrecorded.has(outcome.code))
      this.#record(definition, envelope, entry, outcome, staging);
    staging.commit();
    return { index, commandId: envelope.id, outcome, duplicate: false, changes: staging.changes, events };
  }

  #run(
    envelope: Envelope,
    entry: CommittedEntry,
    staging: Staging,
  ): { definition: CommandDefinition; outcome: Outcome } {
    const definition = this.registry.command(envelope.type, envelope.version);
    if (!definition) {
      throw new Error(
        `the log holds ${commandName(envelope.type, envelope.version)} at index ${entry.index}, which this build does not know: ` +
          'start a build at least as new as the one that wrote it',
      );
    }
    const context: ApplyContext = { index: entry.index, atMs: entry.at, at: timeOf(entry), actorId: envelope.actor };
    try {
      this.registry.checkPermission(this.state, definition.requires, envelope.actor, { ...envelope.payload });
      return {
        definition,
        outcome: { status: 'applied', result: definition.apply(staging, envelope.payload, context) },
      };
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return { definition, outcome: { status: 'rejected', code: error.code, detail: error.detail } };
    }
  }

  /** The audit record and the kept outcome stand outside the staged changes: a rejection has them too. */
  #record(
    definition: CommandDefinition,
    envelope: Envelope,
    entry: CommittedEntry,
    outcome: Outcome,
    staging: Staging,
  ): void {
    const { index } = entry;
    const chained = chainAuditRecord(auditRecordOf(definition, envelope, entry, outcome), this.#auditHead);
    this.#auditHead = { index, hash: chained.hash };
    staging.append(auditRecords, chained);
    const { id: commandId, fingerprint } = envelope;
    const text = JSON.stringify(outcome);
    staging.append(commandOutcomes, { index, commandId, fingerprint, outcome: text });
    this.window.keep(commandId, index, fingerprint, text);
  }
}

function auditRecordOf(
  definition: CommandDefinition,
  envelope: Envelope,
  entry: CommittedEntry,
  outcome: Outcome,
): UnchainedAuditRecord {
  const note = definition.audit(envelope.payload, outcome.status === 'applied' ? outcome.result : null);
  return {
    index: entry.index,
    at: timeOf(entry),
    actorId: envelope.actor,
    requestId: envelope.requestId,
    command: commandName(envelope.type, envelope.version),
    subjectType: note.subject.type,
    subjectId: note.subject.id,
    projectId: note.subject.projectId ?? null,
    outcome: outcome.status,
    code: outcome.status === 'rejected' ? outcome.code : null,
    summary: note.summary,
    versionBefore: note.versionBefore ?? null,
    versionAfter: note.versionAfter ?? null,
  };
}

const nothing = (index: number): Applied => ({
  index,
  commandId: null,
  outcome: null,
  duplicate: false,
  changes: [],
  events: [],
});

/** Asked several times for each entry, and the entries of one batch share their milliseconds. */
let written = { at: Number.NaN, text: '' };

function timeOf({ at }: CommittedEntry): string {
  if (written.at !== at) written = { at, text: new Date(at).toISOString() };
  return written.text;
}

const refused = (code: 'idempotency-mismatch' | 'outcome-unknown'): Outcome & { result?: CommandResult } => ({
  status: 'rejected',
  code,
  detail: {},
});
