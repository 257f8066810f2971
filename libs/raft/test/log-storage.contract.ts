import type { CommandEntry, Configuration, LogStorage, Ready } from '@config-guardian/raft';

type Write = Pick<Ready, 'snapshot' | 'hardState' | 'entries'>;

/** What the suite needs of a storage beside what the core reads: a way to write, and to forget. */
export interface WritableStorage extends LogStorage {
  write(ready: Write): void;
  /** Forgets up to `index`, with a snapshot kept there. */
  compactAt(index: number): void;
}

const command = (index: number, term: number): CommandEntry => ({
  type: 'command',
  index,
  term,
  data: Uint8Array.of(index, term),
});
const written = (entries: Write['entries']): Write => ({ snapshot: null, hardState: null, entries });

/** Every storage the core reads must pass this, wherever it keeps its bytes. */
export function logStorageContract(name: string, make: (formedWith: Configuration) => WritableStorage): void {
  const formedWith = { voters: ['1', '2'], outgoing: [], learners: [], learnersNext: [], autoLeave: false };
  const aStorage = (...terms: number[]) => {
    const storage = make(formedWith);
    storage.write(written(terms.map((term, at) => command(at + 1, term))));
    return storage;
  };

  describe(`${name} as the storage of a log`, () => {
    it('is empty at first, begins at 1, and knows what it was formed with', () => {
      const storage = make(formedWith);
      expect([storage.firstIndex(), storage.lastIndex(), storage.term(0), storage.term(1)]).toEqual([
        1,
        0,
        0,
        undefined,
      ]);
      expect(storage.initialState()).toEqual({
        hardState: { term: 0, vote: null, commit: 0 },
        configuration: formedWith,
        configurationIndex: 0,
      });
    });

    it('gives back what was written, cut to a size but never to nothing', () => {
      const storage = aStorage(1, 1, 2);
      expect(storage.entries(1, 4, Infinity)).toEqual([command(1, 1), command(2, 1), command(3, 2)]);
      expect(storage.entries(2, 4, 1)).toEqual([command(2, 1)]);
      expect(storage.entries(1, 4, 60)).toEqual([command(1, 1), command(2, 1)]);
      expect(storage.term(3)).toBe(2);
    });

    it('discards everything from the first written index on', () => {
      const storage = aStorage(1, 1, 1, 1);
      storage.write(written([command(2, 3)]));
      expect(storage.lastIndex()).toBe(2);
      expect(storage.entries(1, 3, Infinity)).toEqual([command(1, 1), command(2, 3)]);
    });

    it('remembers term and vote', () => {
      const storage = aStorage(1);
      storage.write({ snapshot: null, hardState: { term: 4, vote: '2', commit: 1 }, entries: [] });
      expect(storage.initialState().hardState).toEqual({ term: 4, vote: '2', commit: 1 });
    });

    it('forgets a prefix, but not the term just before what it keeps', () => {
      const storage = aStorage(1, 2, 3);
      storage.compactAt(2);
      expect([storage.firstIndex(), storage.lastIndex()]).toEqual([3, 3]);
      expect([storage.term(1), storage.term(2), storage.term(3)]).toEqual([undefined, 2, 3]);
      expect(storage.snapshot()).toMatchObject({ index: 2, term: 2 });
    });

    it.each([
      ['replaces the log when it holds another entry there', 4, 4],
      ['keeps the suffix when it holds the same position', 1, 3],
    ])('takes a snapshot and %s', (_, term, lastIndex) => {
      const storage = aStorage(1, 1, 1);
      const index = term === 4 ? 4 : 2;
      const snapshot = { index, term, configuration: formedWith, data: new Uint8Array(0) };
      storage.write({ snapshot, hardState: { term, vote: null, commit: index }, entries: [] });
      expect([storage.firstIndex(), storage.lastIndex(), storage.term(index)]).toEqual([index + 1, lastIndex, term]);
      expect(storage.initialState()).toMatchObject({ configuration: formedWith, configurationIndex: index });
    });
  });
}
