import { checkMessage, configuration, MalformedMessage } from '@config-guardian/raft';

const append = {
  type: 'append',
  from: '1',
  to: '2',
  term: 3,
  prevIndex: 4,
  prevTerm: 2,
  commit: 4,
  entries: [
    { type: 'no-op', index: 5, term: 3 },
    { type: 'command', index: 6, term: 3, data: new Uint8Array(1) },
    { type: 'configuration', index: 7, term: 3, configuration: configuration(['1', '2']) },
  ],
};
const snapshot = { index: 4, term: 2, configuration: configuration(['1']), data: new Uint8Array(0) };
const envelope = { from: '1', to: '2', term: 3 };

describe('a decoded message', () => {
  it.each([
    append,
    { ...envelope, type: 'append-response', reject: false, index: 4 },
    { ...envelope, type: 'append-response', reject: true, index: 4, rejectHint: 3, logTerm: 1 },
    { ...envelope, type: 'heartbeat', commit: 4, context: 0 },
    { ...envelope, type: 'heartbeat-response', context: 7 },
    { ...envelope, type: 'vote', lastIndex: 4, lastTerm: 2, transfer: true },
    { ...envelope, type: 'pre-vote-response', reject: true },
    { ...envelope, type: 'snapshot', snapshot },
    { ...envelope, type: 'timeout-now' },
    { ...envelope, type: 'read-index', context: 1 },
    { ...envelope, type: 'read-index-response', context: 1, index: 4 },
  ])('is let in when it is whole: $type', (message) => {
    expect(checkMessage(message)).toBe(message);
  });

  it.each([
    ['nothing', undefined],
    ['an unknown type', { ...envelope, type: 'gossip' }],
    ['no sender', { ...append, from: '' }],
    ['a term that is no integer', { ...append, term: 3.5 }],
    ['a term beyond the safe integers', { ...append, term: 2 ** 53 }],
    ['the last safe term, to which nothing can be added', { ...append, term: Number.MAX_SAFE_INTEGER }],
    ['a negative index', { ...append, prevIndex: -1 }],
    ['an index as text', { ...append, commit: '4' }],
    ['a gap between entries', { ...append, entries: [append.entries[0], append.entries[2]] }],
    ['a first entry that does not follow', { ...append, prevIndex: 5 }],
    ['entries of a later term than the sender', { ...append, term: 2 }],
    ['a term that decreases along the log', { ...append, prevTerm: 4, term: 5 }],
    ['a command without bytes', { ...append, entries: [{ ...append.entries[0], type: 'command' }] }],
    ['an unknown entry', { ...append, entries: [{ type: 'magic', index: 5, term: 3 }] }],
    ['entries that are no list', { ...append, entries: 'none' }],
    [
      'a configuration of numbers',
      {
        ...envelope,
        type: 'snapshot',
        snapshot: { ...snapshot, configuration: { ...snapshot.configuration, voters: [1] } },
      },
    ],
    ['a snapshot of nothing', { ...envelope, type: 'snapshot', snapshot: { ...snapshot, index: 0 } }],
    ['a vote without a flag', { ...envelope, type: 'vote', lastIndex: 4, lastTerm: 2 }],
  ])('is refused with %s', (_, message) => {
    expect(() => checkMessage(message)).toThrow(MalformedMessage);
  });
});
