import type { LogStatus } from '@config-guardian/raft-node';
import { Deadline } from '../common/deadline';
import type { ReadConsistency } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { Watermark } from '../common/watermark';
import type { BarrierLog } from './read-barrier';
import { ReadBarrier } from './read-barrier';

interface Round {
  confirm(index: number): void;
  fail(error: Error): void;
}

/** A log whose rounds end when the test says so. */
class HandDrivenLog implements BarrierLog {
  readonly rounds: Round[] = [];
  leaderId: string | null = 'node-1';

  readIndex(): Promise<number> {
    return new Promise((confirm, fail) => this.rounds.push({ confirm, fail }));
  }

  status(): LogStatus {
    return { leaderId: this.leaderId } as LogStatus;
  }
}

/** After everything that follows from what was done. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const aDeadline = (): Deadline => Deadline.after(10_000);
const local = (more: Partial<ReadConsistency> = {}): ReadConsistency => ({ ...linearizable, level: 'local', ...more });

describe('the read barrier', () => {
  let log: HandDrivenLog;
  let applied: Watermark;
  let clock: number;
  let barrier: ReadBarrier;
  let done: Map<string, string>;
  const seconds: number[] = [];

  beforeEach(() => {
    log = new HandDrivenLog();
    applied = new Watermark(100);
    clock = 1_000;
    done = new Map();
    seconds.length = 0;
    const observed = { onRound: (took: number) => void seconds.push(took) };
    barrier = new ReadBarrier(log, applied, undefined, observed, () => clock);
  });

  /** A read by this name, whose end shows in `done`. */
  function read(name: string): void {
    barrier.pass(linearizable, aDeadline()).then(
      (index) => done.set(name, `at ${index}`),
      (error: Error) => done.set(name, error.message),
    );
  }
  const shown = async (): Promise<Record<string, string>> => {
    await settled();
    return Object.fromEntries(done);
  };

  it('lets a read that comes after a round was sent wait for the next round', async () => {
    read('before');
    read('after');
    expect(log.rounds).toHaveLength(1);
    log.rounds[0]?.confirm(100);
    expect(await shown()).toEqual({ before: 'at 100' });
    expect(log.rounds).toHaveLength(2);
    applied.raise(101);
    log.rounds[1]?.confirm(101);
    expect(await shown()).toEqual({ before: 'at 100', after: 'at 101' });
  });

  it('sends one round for 50 reads that wait, and another for who comes after that one was sent', async () => {
    read('first');
    for (let n = 0; n < 50; n += 1) read(`waiting ${n}`);
    expect(log.rounds).toHaveLength(1);
    log.rounds[0]?.confirm(100);
    expect(Object.keys(await shown())).toEqual(['first']);
    expect(log.rounds).toHaveLength(2);
    read('last');
    log.rounds[1]?.confirm(100);
    expect(Object.keys(await shown())).toHaveLength(51);
    expect(done.has('last')).toBe(false);
    expect(log.rounds).toHaveLength(3);
    log.rounds[2]?.confirm(100);
    expect(await shown()).toHaveProperty('last');
    expect(log.rounds).toHaveLength(3);
  });

  it('answers only when what the round confirmed is applied', async () => {
    read('one');
    log.rounds[0]?.confirm(105);
    applied.raise(104);
    expect(await shown()).toEqual({});
    applied.raise(106);
    expect(await shown()).toEqual({ one: 'at 106' });
  });

  it('counts the age of the state from the sending of the newest round that completed', async () => {
    expect(barrier.wasConfirmed).toBe(false);
    read('one');
    clock += 30;
    expect(barrier.wasConfirmed).toBe(false);
    log.rounds[0]?.confirm(100);
    await settled();
    expect([barrier.wasConfirmed, barrier.ageMs, seconds]).toEqual([true, 30, [0.03]]);
    read('two');
    clock += 70;
    expect(barrier.ageMs).toBe(100);
    await expect(barrier.pass(local({ maxStalenessMs: 100 }), aDeadline())).resolves.toBe(100);
    await expect(barrier.pass(local({ maxStalenessMs: 99 }), aDeadline())).rejects.toMatchObject({ code: 'too-stale' });
    log.rounds[1]?.confirm(100);
    await settled();
    expect(barrier.ageMs).toBe(70);
  });

  it('rejects those whom a failed round was to serve, and not those who came after it was sent', async () => {
    read('one');
    read('another');
    log.rounds[0]?.fail(new Error('no answer'));
    expect(await shown()).toEqual({ one: 'no answer' });
    expect([barrier.wasConfirmed, seconds]).toEqual([false, []]);
    log.rounds[1]?.confirm(100);
    expect(await shown()).toEqual({ one: 'no answer', another: 'at 100' });
  });

  it('rejects all who share a failed round, and sends a new one for who comes afterwards', async () => {
    for (const name of ['sent', 'waiting', 'waiting too']) read(name);
    log.rounds[0]?.confirm(100);
    await settled();
    log.rounds[1]?.fail(new Error('no answer'));
    expect(await shown()).toEqual({ sent: 'at 100', waiting: 'no answer', 'waiting too': 'no answer' });
    read('afterwards');
    expect(log.rounds).toHaveLength(3);
    log.rounds[2]?.confirm(100);
    expect(await shown()).toMatchObject({ afterwards: 'at 100' });
  });

  it.each([
    ['timeout', 'node-1'],
    ['no-leader', null],
  ])('gives a round that does not end up as %s when the leader is %s', async (code, leaderId) => {
    log.leaderId = leaderId;
    await expect(barrier.pass(linearizable, Deadline.after(5))).rejects.toMatchObject({ code });
  });
});
