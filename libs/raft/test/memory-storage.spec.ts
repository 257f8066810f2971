import { MemoryStorage } from '@config-guardian/raft';
import type { Configuration } from '@config-guardian/raft';
import { logStorageContract } from './log-storage.contract';

logStorageContract('memory', (formedWith: Configuration) => {
  const storage = new MemoryStorage(formedWith);
  const compactAt = (index: number) => {
    storage.keepSnapshot({ index, term: storage.term(index)!, configuration: formedWith, data: new Uint8Array(0) });
    storage.compact(index);
  };
  return Object.assign(storage, { compactAt });
});

it('refuses a gap in the log', () => {
  const storage = new MemoryStorage();
  expect(() => storage.append([{ type: 'no-op', index: 2, term: 1 }])).toThrow('gap');
});
