import {
  checkMessage,
  configuration,
  EntriesLost,
  MemoryStorage,
  RaftInvariantError,
  RawNode,
} from '@config-guardian/raft';
import type { Entry, RaftOptions } from '@config-guardian/raft';
import { highestPosition } from '../src/entry';
import { settle } from '../src/options';

const formedWith = configuration(['1', '2', '3']);
const changedTo = (voters: string[], index: number): Entry => ({
  type: 'configuration',
  index,
  term: 1,
  configuration: configuration(voters),
});

function boot(entries: readonly Entry[], options: Partial<RaftOptions> = {}, commit = 0): RawNode {
  const storage = new MemoryStorage(formedWith);
  storage.append(entries);
  storage.setHardState({ term: 1, vote: null, commit });
  return new RawNode({ id: '1', storage, random: () => 0, ...options });
}

describe('a member that starts', () => {
  it('counts by the newest configuration in its log, though its commit index was lost', () => {
    const node = boot([changedTo(['1', '2'], 1), changedTo(['1', '2', '4'], 2)]);
    expect(node.status()).toMatchObject({
      commit: 0,
      configurationIndex: 2,
      configuration: { voters: ['1', '2', '4'] },
    });
    expect(node.configurationAt(1)).toEqual(configuration(['1', '2']));
    expect(node.configurationAt(0)).toEqual(formedWith);
  });

  it('starts from the configuration of its snapshot when the log before it is gone', () => {
    const storage = new MemoryStorage(formedWith);
    storage.install({ index: 7, term: 1, configuration: configuration(['1', '9']), data: new Uint8Array(0) });
    storage.append([{ type: 'no-op', index: 8, term: 1 }]);
    storage.setHardState({ term: 1, vote: null, commit: 0 });
    const node = new RawNode({ id: '1', storage, random: () => 0 });
    expect(node.status()).toMatchObject({ commit: 7, applied: 7, configuration: { voters: ['1', '9'] } });
    expect(node.configurationAt(6)).toBeUndefined();
  });

  it('raises its commit index to what is applied, and hands out only what follows', () => {
    const entries: Entry[] = [1, 2, 3].map((index) => ({ type: 'no-op', index, term: 1 }));
    const node = boot(entries, { applied: 2 });
    expect(node.status()).toMatchObject({ commit: 2, applied: 2 });
    const again = boot(entries, { applied: 1 }, 3);
    expect(again.ready().committed.map((entry) => entry.index)).toEqual([2, 3]);
  });

  it('takes a commit index beyond its log for the hint it is', () => {
    expect(boot([{ type: 'no-op', index: 1, term: 1 }], {}, 9).status().commit).toBe(1);
  });

  it('refuses a state machine that is ahead of the log', () => {
    expect(() => boot([], { applied: 5 })).toThrow(RaftInvariantError);
  });

  it('refuses a log that is newer than the stored term', () => {
    expect(() => boot([{ type: 'no-op', index: 1, term: 2 }])).toThrow('the stored term is 1');
  });

  it.each<[string, Partial<RaftOptions>]>([
    ['electionTicks', { electionTicks: 1, heartbeatTicks: 1 }],
    ['heartbeatTicks', { heartbeatTicks: 0 }],
    ['maxInflightMsgs', { maxInflightMsgs: 0 }],
    ['maxInflightBytes', { maxSizePerMsg: 10, maxInflightBytes: 5 }],
    ['maxInflightBytes', { maxInflightBytes: NaN }],
    ['maxApplyingSize', { maxApplyingSize: 0 }],
    ['maxUncommittedSize', { maxUncommittedSize: -1 }],
    ['candidacyTicks', { candidacyTicks: 0 }],
    ['checkQuorum', { readOnly: 'lease', checkQuorum: false }],
  ])('refuses options that cannot work: %s', (name, options) => {
    expect(() => boot([], options)).toThrow(name);
  });

  it('takes an option given as undefined for one that is not given', () => {
    const options = ['applied', 'electionTicks', 'heartbeatTicks', 'candidacyTicks', 'preVote', 'checkQuorum'];
    const limits = ['maxSizePerMsg', 'maxApplyingSize', 'maxUncommittedSize', 'maxInflightMsgs', 'maxInflightBytes'];
    const given = { id: '1', storage: new MemoryStorage(formedWith), random: () => 0 };
    const nothing = Object.fromEntries([...options, ...limits, 'readOnly'].map((name) => [name, undefined]));
    expect(settle({ ...given, ...nothing })).toEqual(settle(given));
    expect(Object.values(settle({ ...given, ...nothing }))).not.toContain(undefined);
  });

  it('stops at the last term rather than count beyond what is exact, and no message goes beyond it either', () => {
    const at = (term: number) => {
      const storage = new MemoryStorage(formedWith);
      storage.setHardState({ term, vote: null, commit: 0 });
      return { storage, node: new RawNode({ id: '1', storage, random: () => 0 }) };
    };
    const { storage, node } = at(highestPosition - 1);
    node.campaign();
    const pre = node.ready();
    storage.write(pre);
    node.step({ type: 'pre-vote-response', from: '2', to: '1', term: highestPosition, reject: false });
    const standing = node.ready();
    storage.write(standing);
    node.advance(standing);
    const sent = [...pre.messages, ...node.ready().messages];
    expect(sent.map(({ type, term }) => [type, term])).toEqual([
      ['pre-vote', highestPosition],
      ['pre-vote', highestPosition],
      ['vote', highestPosition],
      ['vote', highestPosition],
    ]);
    for (const message of sent) expect(checkMessage(message)).toBe(message);
    expect(() => at(highestPosition).node.campaign()).toThrow(RaftInvariantError);
  });
});

describe('a member that has lost what it acknowledged', () => {
  it('stops when told to commit what it does not have', () => {
    const node = boot([]);
    const heartbeat = { type: 'heartbeat', from: '2', to: '1', term: 1, commit: 4, context: 0 } as const;
    expect(() => node.step(heartbeat)).toThrow(EntriesLost);
  });

  it('stops rather than overwrite what is committed', () => {
    const node = boot([{ type: 'no-op', index: 1, term: 1 }], { applied: 1 });
    const entries: Entry[] = [{ type: 'no-op', index: 1, term: 2 }];
    const append = {
      type: 'append',
      from: '2',
      to: '1',
      term: 2,
      prevIndex: 0,
      prevTerm: 0,
      entries,
      commit: 0,
    } as const;
    node.step(append);
    expect(node.status().lastIndex).toBe(1);
    expect(node.ready().entries).toEqual([]);
  });
});
