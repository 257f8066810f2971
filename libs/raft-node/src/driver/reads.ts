import type { RawNode, ReadState } from '@config-guardian/raft';
import type { Clock } from '../clock';
import { LogError } from '../replicated-log';
import { DEFAULT_WAIT_MS } from './limits';

interface Waiter {
  readonly deadlineMs: number;
  readonly resolve: (index: number) => void;
  readonly reject: (error: LogError) => void;
}

/** Read barriers: all that come in one turn are one question to the core; a question that fails is asked again. */
export class Reads {
  private waiting: Waiter[] = [];
  private readonly asked = new Map<number, readonly Waiter[]>();
  private nextDeadline = Infinity;

  constructor(
    private readonly node: RawNode,
    private readonly clock: Clock,
    private readonly wake: () => void,
  ) {}

  ask(deadlineMs = this.clock.monotonic() + DEFAULT_WAIT_MS): Promise<number> {
    this.nextDeadline = Math.min(this.nextDeadline, deadlineMs);
    return new Promise((resolve, reject) => {
      this.waiting.push({ deadlineMs, resolve, reject });
      this.wake();
    });
  }

  gather(): void {
    if (this.waiting.length === 0) return;
    const asked = this.node.readIndex();
    if (!asked.ok) return;
    this.asked.set(asked.id, this.waiting);
    this.waiting = [];
  }

  answered(states: readonly ReadState[], aborted: readonly number[]): void {
    for (const { id, index } of states) for (const { resolve } of this.take(id)) resolve(index);
    for (const id of aborted) this.waiting.push(...this.take(id));
  }

  expire(now: number): void {
    if (this.waiting.length > 0) this.wake();
    if (now < this.nextDeadline) return;
    this.waiting = this.within(now, this.waiting);
    for (const [id, waiters] of this.asked) this.asked.set(id, this.within(now, waiters));
    const left = [...this.waiting, ...[...this.asked.values()].flat()];
    this.nextDeadline = left.reduce((least, { deadlineMs }) => Math.min(least, deadlineMs), Infinity);
  }

  end(error: LogError): void {
    for (const waiters of [this.waiting, ...this.asked.values()]) for (const { reject } of waiters) reject(error);
    this.waiting = [];
    this.asked.clear();
  }

  private take(id: number): readonly Waiter[] {
    const waiters = this.asked.get(id) ?? [];
    this.asked.delete(id);
    return waiters;
  }

  private within(now: number, waiters: readonly Waiter[]): Waiter[] {
    return waiters.filter(({ deadlineMs, reject }) => {
      if (deadlineMs > now) return true;
      reject(new LogError('no-leader', 'No leader could confirm that it still leads.'));
      return false;
    });
  }
}
