import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { workerEntry } from './worker-entry';
import { JobCutOff, JobStarved, WorkerPool } from './worker-pool';

/** Milliseconds to compute in each phase; negative ones are slept. */
type Job = readonly number[];

const entry = workerEntry(join(__dirname, '..', '..', '..', '..', '..', 'test', 'support'), 'burning.worker');
const aPool = (wallLimitMs: number) =>
  new WorkerPool<Job, number>({ entry, size: 1, wallLimitMs, maxWaiting: 10, maxHeapMb: 128 });

describe('a pool of threads', () => {
  const pool = aPool(60_000);
  afterAll(() => pool.close());

  it('gives each phase of a job its own time to compute', async () => {
    await expect(pool.run([250, 250], [400, 400])).resolves.toBe(2);
    await expect(pool.run([500, 10], [400, 400])).rejects.toThrow(JobCutOff);
    await expect(pool.run([10, 500], [400, 400])).rejects.toThrow('it needed more than 400 ms of computing');
  });

  it('counts what the thread computes, not what it waits', async () => {
    await expect(pool.run([-600], [200])).resolves.toBe(1);
  });

  it('ends a job that is late because of others, and says so', async () => {
    const hurried = aPool(300);
    await expect(hurried.run([1], [60_000])).resolves.toBe(1);
    await expect(hurried.run([-5000], [60_000])).rejects.toThrow(JobStarved);
    await expect(hurried.run([1], [60_000])).resolves.toBe(1);
    await hurried.close();
  });

  it('believes a thread that was ready in time although this one was busy', async () => {
    const job = pool.run([100], [400]);
    await wait(20);
    // Nothing that the thread says is heard for longer than its limit.
    for (const end = performance.now() + 800; performance.now() < end;);
    await expect(job).resolves.toBe(1);
  });
});
