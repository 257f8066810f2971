import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { ServingGate } from '../../common/serving-gate';
import type { ReadLevel } from '../../common/http/request-context';
import { configs } from '../../configs/configs.table';
import { ConsensusNode } from '../../consensus/consensus-node';
import { DomainEvents } from '../../consensus/domain-events';
import { observedRound } from '../../consensus/observed-barrier';
import { encodeKey } from '../../consensus/state/table-definition';
import { apiKeys } from '../../projects/projects.table';
import { frame } from './frames';
import type { ApiKeyState, ConfigState, Freshness, FromNode } from './messages';
import { monotonicMs } from './messages';
import { PendingChanges, served } from './pending-changes';
import type { WorkerChannel } from './worker-channel';

/** Of a state that is told piece by piece: a piece has so many characters or rows. */
const pieceCharacters = 128 * 1024;
const pieceRows = 1_000;
const freshEveryMs = 50;

/**
 * Tells the read workers what the log does. A confirmation is sent behind all changes that were applied before it. A
 * worker that comes gets the whole state in pieces while the log goes on: each row is told as it stands at that moment,
 * and what changes afterwards follows, so at the end of it nothing is missing and nothing is old.
 */
@Injectable()
export class ReadFeed implements OnModuleDestroy {
  readonly #channels = new Set<WorkerChannel>();
  readonly #pending = new PendingChanges();
  #toldIndex = 0;
  #isTurnAhead = false;
  #ticks: NodeJS.Timeout | undefined;

  constructor(
    private readonly node: ConsensusNode,
    private readonly gate: ServingGate,
    events: DomainEvents,
  ) {
    node.onApplied((applied) => {
      if (this.#channels.size === 0) return;
      this.#pending.add(applied);
      this.#tellSoon();
    });
    events.onReplaced(() => {
      this.#pending.clear();
      for (const channel of this.#channels) void this.#fill(channel);
    });
    gate.onChange(() => this.#tellAll({ type: 'fresh', ...this.#freshness }));
  }

  add(channel: WorkerChannel): void {
    this.#tellChanges();
    this.#channels.add(channel);
    this.#ticks ??= setInterval(() => this.#tellAll({ type: 'fresh', ...this.#freshness }), freshEveryMs).unref();
    // Before it has a state the node tells when it has one.
    if (this.node.isStarted) void this.#fill(channel);
  }

  remove(channel: WorkerChannel): void {
    this.#channels.delete(channel);
  }

  onModuleDestroy(): void {
    clearInterval(this.#ticks);
    this.#channels.clear();
  }

  /**
   * Asks the barrier that all reads of the node share. For a `local` read there is no round: it has but to stand behind
   * what the node, or another worker, has shown already.
   */
  confirm(channel: WorkerChannel, question: number, level: ReadLevel): void {
    const unconfirmed = (): void => channel.send({ type: 'unconfirmed', question });
    if (!this.node.isStarted || this.gate.reason !== null) return unconfirmed();
    const confirmed = (): void => {
      if (this.gate.reason !== null) return unconfirmed();
      this.#tellChanges();
      channel.send({ type: 'confirmed', question, ...this.#freshness });
    };
    if (level === 'local') confirmed();
    else observedRound(this.node.observed, this.node.barrier.confirm()).then(confirmed, unconfirmed);
  }

  get #freshness(): Freshness {
    const isKnown = this.node.isStarted && this.node.barrier.wasConfirmed;
    // In this order: what passes between the two makes the state older, never younger.
    const now = monotonicMs();
    return { isServing: this.gate.reason === null, confirmedAt: isKnown ? now - this.node.barrier.ageMs : null };
  }

  #tellSoon(): void {
    if (this.#isTurnAhead) return;
    this.#isTurnAhead = true;
    setImmediate(() => {
      this.#isTurnAhead = false;
      this.#tellChanges();
    });
  }

  #tellChanges(): void {
    const index = this.node.applied.value;
    if (this.#channels.size === 0 || index === this.#toldIndex) return;
    this.#toldIndex = index;
    this.#send({ type: 'changes', index, ...this.#pending.take() });
  }

  #tellAll(message: FromNode): void {
    if (this.#channels.size === 0) return;
    this.#tellChanges();
    this.#send(message);
  }

  #send(message: FromNode): void {
    const bytes = frame(message);
    for (const channel of this.#channels) channel.sendFrame(bytes);
  }

  async #fill(channel: WorkerChannel): Promise<void> {
    const isWanted = channel.beginFill();
    for (let after: string | null | undefined; after !== null;) {
      after = this.#tellPiece(after, apiKeyPiece, channel);
      await channel.drained();
      if (!isWanted()) return;
    }
    for (let after: string | null | undefined; after !== null;) {
      after = this.#tellPiece(after, configPiece, channel);
      await channel.drained();
      if (!isWanted()) return;
    }
    this.#tellChanges();
    channel.send({ type: 'fresh', ...this.#freshness });
    channel.send({ type: 'filled' });
  }

  /** The key behind which the next piece begins, null behind the last. */
  #tellPiece(after: string | undefined, piece: PieceOf, channel: WorkerChannel): string | null {
    const { rows, last } = piece(this.node.machine.state, after);
    channel.send({ type: 'changes', index: this.node.applied.value, configs: [], apiKeys: [], ...rows });
    return last;
  }
}

type State = ConsensusNode['machine']['state'];

interface Piece {
  readonly rows: { readonly configs?: readonly ConfigState[]; readonly apiKeys?: readonly ApiKeyState[] };
  readonly last: string | null;
}

type PieceOf = (state: State, after: string | undefined) => Piece;

function configPiece(state: State, after: string | undefined): Piece {
  const told: ConfigState[] = [];
  let characters = 0;
  for (const row of state.of(configs).all({ after })) {
    told.push([row.projectId, row.key, served(row)]);
    characters += row.content.length;
    if (characters >= pieceCharacters || told.length >= pieceRows)
      return { rows: { configs: told }, last: encodeKey([row.projectId, row.key]) };
  }
  return { rows: { configs: told }, last: null };
}

function apiKeyPiece(state: State, after: string | undefined): Piece {
  const told: ApiKeyState[] = [];
  for (const { hash, projectId } of state.of(apiKeys).all({ after })) {
    told.push([hash, projectId]);
    if (told.length >= pieceRows) return { rows: { apiKeys: told }, last: hash };
  }
  return { rows: { apiKeys: told }, last: null };
}
