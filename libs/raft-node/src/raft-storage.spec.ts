import { configuration } from '@config-guardian/raft';
import type { Configuration, Entry, Snapshot } from '@config-guardian/raft';
import { logStorageContract } from '../../raft/test/log-storage.contract';
import { DIRECTORY, IDENTITY, SMALL } from '../test/a-log';
import { SimulatedDisk } from './disk/simulated-disk';
import { fromLogEntry, RaftStorage, toLogEntry } from './raft-storage';
import type { AppliedState } from './raft-storage';
import { WriteAheadLog } from './wal/write-ahead-log';

/** A state machine that is wherever it is told to be. */
class Standing implements AppliedState {
  syncs = 0;

  constructor(private at: Snapshot) {}

  position(): Snapshot {
    return this.at;
  }

  snapshot(): Snapshot {
    return this.at;
  }

  install(snapshot: Snapshot): void {
    this.at = snapshot;
  }

  sync(): void {
    this.syncs += 1;
  }
}

const data = new Uint8Array(0);
const formedWith = configuration(['n1#a', 'n2#a']);

function aStorage(from: Configuration = formedWith) {
  const disk = new SimulatedDisk({ seed: 1 });
  const state = new Standing({ index: 0, term: 0, configuration: from, data });
  const storage = RaftStorage.open(WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL), state);
  const reopen = () => {
    disk.losePower();
    return RaftStorage.open(WriteAheadLog.open(disk, DIRECTORY, SMALL), state);
  };
  return { disk, state, storage, reopen };
}

logStorageContract('the write-ahead log', (from) => {
  const { storage, state } = aStorage(from);
  return {
    initialState: () => storage.initialState(),
    firstIndex: () => storage.firstIndex(),
    lastIndex: () => storage.lastIndex(),
    term: (index) => storage.term(index),
    entries: (lo, hi, maxSize) => storage.entries(lo, hi, maxSize),
    snapshot: () => storage.snapshot(),
    write: (work) => storage.write([work]),
    compactAt: (index) => {
      state.install({ index, term: storage.term(index)!, configuration: from, data });
      storage.release(index);
    },
  };
});

describe('the log of a member over the write-ahead log', () => {
  const entries: Entry[] = [
    { type: 'no-op', index: 1, term: 1 },
    { type: 'command', index: 2, term: 1, data: Buffer.from('set x') },
    { type: 'configuration', index: 3, term: 1, configuration: configuration(['n1#a'], ['n2#a']) },
  ];
  const hardState = { term: 1, vote: 'n1#a', commit: 2 };

  it('keeps every kind of entry', () => {
    expect(entries.map(toLogEntry).map(fromLogEntry)).toEqual(entries);
  });

  it('comes back after a loss of power with all that was written', () => {
    const { storage, reopen } = aStorage();
    storage.write([{ hardState, snapshot: null, entries }]);
    const again = reopen();
    expect(again.entries(1, 4, Infinity)).toEqual(entries);
    expect(again.initialState()).toEqual({
      hardState: { term: 1, vote: 'n1#a', commit: 0 },
      configuration: formedWith,
      configurationIndex: 0,
    });
  });

  it('finishes an installation that was cut short after the state machine had the snapshot', () => {
    const snapshot = { index: 9, term: 4, configuration: configuration(['n1#a']), data };
    const work = { hardState: { term: 4, vote: null, commit: 9 }, snapshot, entries: [] };
    const outcomes = Array.from({ length: 4 }, (_, operations) => {
      const { disk, storage, reopen, state } = aStorage();
      storage.write([{ hardState, snapshot: null, entries }]);
      disk.dieAfter(operations);
      expect(() => storage.write([work])).toThrow();
      const again = reopen();
      expect(again.lastIndex()).toBe(state.position().index === 9 ? 9 : 3);
      return again.lastIndex();
    });
    expect(new Set(outcomes)).toEqual(new Set([3, 9]));
  });

  it('lets its entries go for the mark of an installation only when the state that stands there is durable', () => {
    const snapshot = { index: 3, term: 1, configuration: configuration(['n1#a']), data };
    const work = { hardState: null, snapshot, entries: [] };
    const { disk, storage, reopen, state } = aStorage();
    storage.write([{ hardState, snapshot: null, entries }]);
    disk.dieAfter(1);
    expect(() => storage.write([work])).toThrow();
    expect(reopen().firstIndex()).toBe(1);
    expect(state.syncs).toBe(0);
    // The installation is given up, and the entries themselves lead to where its mark is.
    state.install(snapshot);
    expect(reopen().firstIndex()).toBe(4);
    expect(state.syncs).toBe(1);
  });

  it('refuses a state machine that does not belong to the log', () => {
    const { storage, state, reopen } = aStorage();
    storage.write([{ hardState, snapshot: null, entries }]);
    state.install({ index: 4, term: 1, configuration: formedWith, data });
    expect(reopen).toThrow('has applied 4');
  });
});
