import type { Chance } from '../../chance';
import type { Scene } from '../scene';
import type { Death, Side, Step } from '../steps';
import { Backend } from './backend';
import type { Listener } from './backend';
import { Statements } from './statements';
import type { Schema, StoredChange, Transaction } from './tables';
import { Tables } from './tables';

export interface ServerParts {
  readonly scene: Scene;
  readonly chance: Chance;
  readonly schema: Schema;
  /** A crash point was met. */
  readonly die: (death: Death, step: Step) => void;
  /** Others see this commit now. */
  readonly onCommit: (application: string) => void;
}

/**
 * A database server as a node meets it: commits are durable when they were synchronous or a synchronous one follows; a
 * crash takes any suffix of the others. A connection that is lost may leave its transaction behind for a while.
 */
export class SimulatedServer {
  visible: Tables;
  readonly statements: Statements;
  isDown = false;
  /** It answers nobody before this moment. */
  hangsUntil = 0;
  /** What the next statements are refused with. */
  refusals: string[] = [];
  /** Commits that a crash may still take, the oldest first. */
  private unsafe: (readonly StoredChange[])[] = [];
  private safe = 0;
  private backends = new Set<Backend>();
  private holder: Backend | undefined;
  private waiting: { readonly backend: Backend; readonly run: () => void }[] = [];

  constructor(
    readonly parts: ServerParts,
    tables = Tables.empty(parts.schema),
  ) {
    this.visible = tables;
    this.statements = new Statements(parts.schema);
  }

  /** Where the database stands for everybody who asks now; undefined as long as it is nobody's. */
  get appliedIndex(): number | undefined {
    const row = this.visible.of('raft_meta').get('1');
    return row && Number(row.applied_index);
  }

  /** Where it stands whatever happens. */
  get safeIndex(): number {
    return this.safe;
  }

  accept(application: string, listener: Listener): Backend {
    const backend = new Backend(this, application, listener);
    this.backends.add(backend);
    return backend;
  }

  get connections(): readonly Backend[] {
    return [...this.backends].filter(({ isHeard }) => isHeard);
  }

  commit({ changes, isSynchronous }: Transaction, application: string): void {
    if (changes.length === 0) return;
    const { counts, mark } = this.books();
    this.visible.redo(changes);
    this.unsafe.push(changes);
    counts.commits += 1;
    mark(this.appliedIndex ?? 0);
    if (isSynchronous) {
      counts['synchronous commits'] += 1;
      this.unsafe = [];
      this.safe = this.appliedIndex ?? 0;
    }
    this.parts.onCommit(application);
  }

  /** The server dies with everything that was under way, and comes back with what was safe and some of the rest. */
  crash(downMs: number): void {
    this.losePower();
    this.isDown = true;
    this.parts.scene.time.later(downMs, () => (this.isDown = false));
  }

  losePower(): void {
    const { chance, scene } = this.parts;
    const connected = [...this.backends];
    this.backends.clear();
    this.holder = undefined;
    this.waiting = [];
    this.hangsUntil = 0;
    this.refusals = [];
    const lost = this.unsafe.length === 0 ? 0 : chance.below(this.unsafe.length + 1);
    for (const changes of this.unsafe.splice(this.unsafe.length - lost).reverse()) this.visible.undo(changes);
    scene.counts['commits-lost'] += lost;
    this.unsafe = [];
    this.safe = this.appliedIndex ?? 0;
    for (const backend of connected) backend.vanish();
  }

  gone(backend: Backend): void {
    this.backends.delete(backend);
    this.waiting = this.waiting.filter((other) => other.backend !== backend);
    this.unlock(backend);
  }

  /** False when another transaction holds the row; then `run` is called when it is free. */
  lock(backend: Backend, run: () => void): boolean {
    if (this.holder !== undefined && this.holder !== backend) {
      this.waiting.push({ backend, run });
      return false;
    }
    this.holder = backend;
    return true;
  }

  unlock(backend: Backend): void {
    if (this.holder !== backend) return;
    const next = this.waiting.shift();
    this.holder = next?.backend;
    next?.run();
  }

  /** Crash points lie on both sides of each step. */
  pass(step: Step | undefined, side: Side): void {
    const death = step && this.parts.scene.plan.meet(step, side);
    if (step === undefined || death === undefined) return;
    this.parts.scene.crashes[step][side] += 1;
    this.parts.die(death, step);
  }

  private books() {
    const { scene } = this.parts;
    return { counts: scene.counts, mark: (value: number) => scene.mark(value) };
  }
}
