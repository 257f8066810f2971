import { history } from './history-notation';
import { checkLocalReads } from './local-reads';
import type { IndexedChange, LocalRead } from './local-reads';

const changes: readonly IndexedChange[] = history(`
  p 0-1 create a -> done 1
  p 100-110 write b @1 -> done 2
  p 200-210 write c @2 -> done 3`).map((operation, n) => ({ operation, index: 10 * (n + 1) }));

function read(line: string, index: number, more: Partial<LocalRead> = {}): LocalRead {
  const [operation] = history(line);
  return { ...operation, index, maxStalenessMs: null, minIndex: null, isOfOwnWrite: false, ...more } as LocalRead;
}

const failuresOf = (...reads: LocalRead[]) => checkLocalReads(reads, changes, []);

describe('the check of local reads', () => {
  it('accepts old answers of a node that lags, and newer ones of another', () => {
    const reads = [
      read('q@node-1 300-301 read -> found 3 c', 30),
      read('q@node-2 302-303 read -> found 1 a', 10),
      read('q@node-2 304-305 read -> found 2 b', 20),
    ];
    expect(failuresOf(...reads)).toEqual([]);
  });

  it('rejects a step back in time on one node', () => {
    const reads = [read('q@node-2 300-301 read -> found 2 b', 20), read('r@node-2 302-303 read -> found 1 a', 10)];
    expect(failuresOf(...reads)).toEqual([expect.stringContaining('back in time from index 20 to 10')]);
  });

  it('knows no order of reads that overlap', () => {
    const reads = [read('q@node-2 300-305 read -> found 2 b', 20), read('r@node-2 301-302 read -> found 1 a', 10)];
    expect(failuresOf(...reads)).toEqual([]);
  });

  it('accepts what may have been acknowledged within the accepted age, and nothing older', () => {
    const within = read('q 250-251 read -> found 2 b', 20, { maxStalenessMs: 100 });
    expect(failuresOf(within)).toEqual([]);
    const beyond = read('q 320-321 read -> found 2 b', 20, { maxStalenessMs: 100 });
    expect(failuresOf(beyond)).toEqual([expect.stringContaining('older than 100 ms: index 20, but 30')]);
  });

  it('rejects an answer from before the index that was asked for', () => {
    expect(failuresOf(read('q 300-301 read -> found 2 b', 20, { minIndex: 20 }))).toEqual([]);
    expect(failuresOf(read('q 300-301 read -> found 1 a', 19, { minIndex: 20 }))).toEqual([
      expect.stringContaining('index 19 instead of 20'),
    ]);
  });

  it('rejects an answer that does not hold what its index says', () => {
    expect(failuresOf(read('q 300-301 read -> found 2 b', 30))).toEqual([expect.stringContaining('index 30 without')]);
    expect(failuresOf(read('q 300-301 read -> found 2 z', 20))).toEqual([expect.stringContaining('index 20 without')]);
  });

  it('rejects that a config is missing which nobody can have deleted', () => {
    const missing = read('q 300-301 read -> missing', 30);
    expect(failuresOf(missing)).toEqual([expect.stringContaining('index 30 without')]);
    // Before everything that is known of it.
    expect(failuresOf(read('q 300-301 read -> missing', 9))).toEqual([]);
    const given = (deleted: string) => checkLocalReads([missing], changes, history(deleted));
    expect(given('r 210-220 delete @3 -> done 4')).toEqual([]);
    expect(given('r 210-? delete @3 -> unknown')).toEqual([]);
    for (const useless of [
      'r 210-220 delete @2 -> conflict 3',
      'r 302-310 delete @3 -> done 4',
      'r 150-160 delete @2 -> done 3',
    ])
      expect(given(useless)).toHaveLength(1);
  });
});
