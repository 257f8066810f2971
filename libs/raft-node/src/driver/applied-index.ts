import type { LogError } from '../replicated-log';

interface Waiter {
  readonly index: number;
  readonly resolve: () => void;
  readonly reject: (error: LogError) => void;
}

/** How far the consumer has come, and who waits for it to get somewhere. */
export class AppliedIndex {
  private waiters: Waiter[] = [];

  constructor(public value: number) {}

  raise(index: number): void {
    this.value = index;
    if (this.waiters.length === 0) return;
    const reached = this.waiters.filter((waiter) => waiter.index <= index);
    this.waiters = this.waiters.filter((waiter) => waiter.index > index);
    for (const { resolve } of reached) resolve();
  }

  reached(index: number): Promise<void> {
    if (index <= this.value) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.push({ index, resolve, reject }));
  }

  end(error: LogError): void {
    for (const { reject } of this.waiters.splice(0)) reject(error);
  }
}
