import { configuration, entryOverhead, MemoryStorage, RawNode } from '@config-guardian/raft';
import type { RaftOptions } from '@config-guardian/raft';

/** A member that leads a group of three whose others never answer: nothing it is given is ever committed. */
function aLonelyLeader(options: Partial<RaftOptions> = {}): RawNode {
  const { node, work } = aMember(['1', '2', '3'], options);
  node.campaign();
  work();
  node.step({ type: 'vote-response', from: '2', to: '1', term: 1, reject: false });
  work();
  return node;
}

function aMember(voters: readonly string[], options: Partial<RaftOptions> = {}) {
  const storage = new MemoryStorage(configuration(voters));
  const node = new RawNode({ id: '1', storage, random: () => 0, preVote: false, ...options });
  const work = () => {
    while (node.hasReady()) {
      const ready = node.ready();
      storage.write(ready);
      node.advance(ready);
    }
  };
  return { node, work };
}

const nothing = new Uint8Array(0);

describe('a proposal', () => {
  it('of no command is refused: it would have no entry of its own to wait for', () => {
    const leader = aLonelyLeader();
    expect(leader.propose([])).toEqual({ ok: false, reason: 'no-commands' });
    expect(leader.status()).toMatchObject({ lastIndex: 1, uncommittedSize: 0 });
  });

  it('of empty commands weighs what its entries weigh', () => {
    const leader = aLonelyLeader({ maxUncommittedSize: 10 * entryOverhead });
    expect(leader.propose(Array(10).fill(nothing))).toMatchObject({ ok: true });
    expect(leader.status().uncommittedSize).toBe(10 * entryOverhead);
    expect(leader.propose([nothing])).toEqual({ ok: false, reason: 'overloaded' });
  });
});

it('counts nothing as uncommitted once everything is committed', () => {
  const { node, work } = aMember(['1']);
  node.campaign();
  work();
  node.propose([nothing, new Uint8Array(7)]);
  expect(node.status().uncommittedSize).toBe(2 * entryOverhead + 7);
  work();
  expect(node.status()).toMatchObject({ applied: 3, uncommittedSize: 0 });
});
