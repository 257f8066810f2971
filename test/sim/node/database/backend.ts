import type { Answer, Values } from './form';
import { Refusal } from './form';
import { locksMeta } from './meta-statements';
import type { SimulatedServer } from './server';
import { stepOf } from './statement-step';
import { Transaction } from './tables';

export interface Reply extends Answer {
  readonly command: string;
}

export interface Sent {
  readonly text: string;
  readonly values: Values;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** The client at the other end. */
export interface Listener {
  lost(error: Error): void;
}

/** What becomes of the work of a connection that was lost. */
export type Fate = 'rolled back' | 'lingers' | 'finished';

const notThere = { rows: [], rowCount: 0 };

/** The server's side of one connection: statements one after the other, in transactions. */
export class Backend {
  /** Somebody is still there who waits for answers. */
  isHeard = true;
  private queue: Sent[] = [];
  private isBusy = false;
  private isLate = false;
  private isGone = false;
  private transaction: Transaction | undefined;

  constructor(
    private readonly server: SimulatedServer,
    private readonly application: string,
    private readonly listener: Listener,
  ) {}

  send(sent: Sent): void {
    this.queue.push(sent);
    this.next();
  }

  /** The server died. */
  vanish(): void {
    this.isGone = true;
    this.hangUp(new Error('Connection terminated unexpectedly'));
  }

  /** The connection is cut on its way. What was sent is here; what is answered arrives nowhere. */
  cut(fate: Fate, error: Error): void {
    const { scene, chance } = this.server.parts;
    this.hangUp(error);
    if (fate === 'rolled back') this.end();
    else if (fate === 'lingers') scene.time.later(chance.between(20, 400), () => this.end());
    else this.next();
  }

  private hangUp(error: Error): void {
    if (!this.isHeard) return;
    this.isHeard = false;
    this.listener.lost(error);
  }

  private end(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.server.gone(this);
  }

  private next(): void {
    const { scene, chance } = this.server.parts;
    if (this.isBusy || this.isGone) return;
    const sent = this.queue.shift();
    if (sent === undefined) {
      if (!this.isHeard) this.end();
      return;
    }
    this.isBusy = true;
    const delay = chance.happens(0.02) ? chance.between(20, 300) : chance.below(3);
    scene.time.later(delay, () => this.take(sent));
  }

  private take(sent: Sent): void {
    const { time } = this.server.parts.scene;
    if (this.isGone) return;
    const { hangsUntil } = this.server;
    if (hangsUntil > time.now) time.later(hangsUntil - time.now, () => this.take(sent));
    else if (!locksMeta(sent.text) || this.server.lock(this, () => this.perform(sent))) this.perform(sent);
  }

  private perform(sent: Sent): void {
    if (this.isGone) return;
    const step = stepOf(this.application, sent.text, this.transaction);
    this.server.pass(step, 'before');
    if (this.isGone || this.isPutOff(sent)) return;
    let reply: Reply | undefined;
    let refusal: Error | undefined;
    try {
      reply = this.execute(sent);
    } catch (error) {
      refusal = error as Error;
      if (this.transaction) this.transaction.hasFailed = true;
    }
    if (!this.transaction) this.server.unlock(this);
    this.server.pass(step, 'after');
    if (this.isGone) return;
    if (this.isHeard && reply) sent.resolve(reply);
    else if (this.isHeard) sent.reject(refusal!);
    this.isBusy = false;
    this.next();
  }

  /** What nobody waits for may take so long that the next process is there already. */
  private isPutOff(sent: Sent): boolean {
    const { scene, chance } = this.server.parts;
    if (this.isHeard || this.isLate) return false;
    this.isLate = true;
    scene.time.later(chance.between(1, 200), () => this.perform(sent));
    return true;
  }

  private execute({ text, values }: Sent): Reply {
    const { server } = this;
    if (text.startsWith('BEGIN')) {
      const isReadOnly = text.includes('READ ONLY');
      const tables = isReadOnly ? server.visible.copy() : server.visible;
      this.transaction = new Transaction(tables, !text.includes('synchronous_commit = off'), isReadOnly);
      return { ...notThere, command: 'BEGIN' };
    }
    if (text === 'COMMIT') return { ...notThere, command: this.commit() };
    const { transaction } = this;
    if (transaction?.hasFailed) throw new Refusal('25P02', 'current transaction is aborted');
    this.refuse();
    const alone = transaction ?? new Transaction(server.visible, true, false);
    const answer = server.statements.of(text)(alone, values);
    if (!transaction) server.commit(alone, this.application);
    return { ...answer, command: '' };
  }

  private commit(): string {
    const { transaction } = this;
    this.transaction = undefined;
    if (transaction === undefined || transaction.hasFailed) return 'ROLLBACK';
    this.refuse();
    if (!this.isHeard) this.server.parts.scene.counts['late-commits'] += 1;
    this.server.commit(transaction, this.application);
    return 'COMMIT';
  }

  private refuse(): void {
    const code = this.server.refusals.shift();
    if (code === undefined) return;
    this.server.parts.scene.counts['refused-statements'] += 1;
    throw new Refusal(code, `simulated refusal ${code}`);
  }
}
