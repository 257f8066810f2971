import { configuration } from '@config-guardian/raft';
import type { Entry, Message, Ready } from '@config-guardian/raft';
import { encodeFrame } from '../../../libs/raft-node/src/wal/frame';
import { encodeRecord } from '../../../libs/raft-node/src/wal/record-codec';
import { toLogEntry } from '../../../libs/raft-node/src/raft-storage';
import { Checker } from './checker';
import { digestOf, nextState } from './entries';
import type { MemberView } from './member-view';
import { ReadOrder } from './read-order';

const voters = ['n1#a', 'n2#a', 'n3#a'];
const formedWith = configuration(voters);
const nothing: Ready = {
  softState: null,
  hardState: null,
  entries: [],
  snapshot: null,
  mustSync: false,
  receipt: null,
  messages: [],
  committed: [],
  readStates: [],
  abortedReads: [],
};

const noOp = (index: number, term: number): Entry => ({ type: 'no-op', index, term });
const command = (index: number, term: number, data: string): Entry => {
  return { type: 'command', index, term, data: Buffer.from(data) };
};
const change = (index: number, term: number): Entry => {
  return { type: 'configuration', index, term, configuration: configuration(voters, [`l${index}`]) };
};

/** Members told of by hand: what they show, and what they sync. */
class History {
  readonly checker = new Checker(formedWith);
  private readonly views = voters.map((id) => {
    const view = this.checker.newMember(id);
    const base = { index: 0, term: 0 };
    this.checker.booted(view, {
      term: 0,
      vote: null,
      commit: 0,
      applied: 0,
      configuration: formedWith,
      base,
      entries: [],
    });
    return view;
  });

  view(member: number): MemberView {
    return this.views[member - 1]!;
  }

  show(member: number, shown: Partial<Ready>): this {
    this.checker.ready(this.view(member), { ...nothing, ...shown });
    return this;
  }

  sync(member: number, term: number, vote: number | null, ...entries: Entry[]): this {
    const state = { type: 'hard-state', term, vote: vote === null ? null : `n${vote}#a` } as const;
    const records = [state, ...entries.map((entry) => ({ type: 'entry', ...toLogEntry(entry) }) as const)];
    this.view(member).durable.synced(encodeFrame('batch', 1, 0, records.map(encodeRecord)));
    return this;
  }

  /** Votes of these members for this one in this term, on disk and sent. */
  votes(term: number, candidate: number, ...members: number[]): this {
    for (const member of members) {
      this.sync(member, term, candidate);
      this.show(member, { hardState: { term, vote: `n${candidate}#a`, commit: this.view(member).commit } });
      if (member !== candidate) this.says(member, candidate, { type: 'vote-response', term, reject: false });
    }
    return this;
  }

  leads(member: number, term: number, index = 1): this {
    return this.show(member, { softState: { role: 'leader', leader: `n${member}#a` }, entries: [noOp(index, term)] });
  }

  commits(member: number, term: number, commit: number): this {
    return this.show(member, { hardState: { term, vote: this.view(member).vote, commit } });
  }

  says(from: number, to: number, what: object): this {
    return this.show(from, { messages: [{ from: `n${from}#a`, to: `n${to}#a`, ...what } as Message] });
  }
}

/** Member 1 leads term 1 and has committed its no-op, which members 1 and 2 hold. */
const aLedGroup = (): History =>
  new History()
    .votes(1, 1, 1, 2)
    .leads(1, 1)
    .sync(1, 1, 1, noOp(1, 1))
    .sync(2, 1, 1, noOp(1, 1))
    .show(2, { entries: [noOp(1, 1)] })
    .commits(1, 1, 1);

describe('the checker', () => {
  it('has nothing against a history as it should be', () => {
    const history = aLedGroup();
    history.show(1, { committed: [noOp(1, 1)] });
    history.checker.applied(history.view(1), 1, nextState(0, noOp(1, 1), digestOf(noOp(1, 1))));
    history.says(2, 1, { type: 'append-response', term: 1, reject: false, index: 1 });
    history.votes(2, 2, 2, 3).leads(2, 2, 2);
    expect(history.checker.elections).toBe(2);
    expect(history.checker.decided.lastIndex).toBe(1);
  });

  const bad: readonly (readonly [string, string, () => unknown])[] = [
    ['two leaders in a term', 'Election Safety', () => aLedGroup().votes(1, 3, 3).leads(3, 1)],
    ['a leader without a majority of votes', 'Election Safety', () => new History().votes(1, 1, 1).leads(1, 1)],
    ['a leader that overwrites', 'Leader Append-Only', () => aLedGroup().show(1, { entries: [command(1, 1, 'x')] })],
    [
      'two contents of one entry',
      'Log Matching',
      () =>
        aLedGroup()
          .show(1, { entries: [command(2, 1, 'x')] })
          .show(2, { entries: [command(2, 1, 'y')] }),
    ],
    [
      'two predecessors of one entry',
      'Log Matching',
      () =>
        aLedGroup()
          .show(2, { entries: [noOp(2, 2), noOp(3, 2)] })
          .show(3, { entries: [noOp(1, 1), noOp(2, 1), noOp(3, 2)] }),
    ],
    ['a leader without a committed entry', 'Leader Completeness', () => aLedGroup().votes(2, 3, 2, 3).leads(3, 2)],
    [
      'a leader without an entry that an earlier leader commits later',
      'Leader Completeness',
      () =>
        new History()
          .votes(1, 1, 1, 2)
          .leads(1, 1)
          .sync(1, 1, 1, noOp(1, 1))
          .sync(2, 1, 1, noOp(1, 1))
          .votes(2, 3, 2, 3)
          .leads(3, 2)
          .commits(1, 1, 1),
    ],
    [
      'an earlier term’s entry committed by counting',
      'Own Term Commits',
      () =>
        new History()
          .show(1, { entries: [noOp(1, 1)] })
          .sync(1, 2, 1, noOp(1, 1))
          .sync(2, 2, 1, noOp(1, 1))
          .commits(1, 2, 1),
    ],
    [
      'two decisions on one index',
      'State Machine Safety',
      () =>
        aLedGroup()
          .show(3, { entries: [noOp(1, 2)] })
          .commits(3, 2, 1),
    ],
    [
      'a state machine in another state',
      'State Machine Safety',
      () => {
        const history = aLedGroup();
        history.checker.applied(history.view(1), 1, 42);
      },
    ],
    ['a commit index that falls', 'Monotone Commit', () => aLedGroup().commits(1, 1, 0)],
    [
      'an entry handed out twice',
      'Monotone Applied',
      () =>
        aLedGroup()
          .show(1, { committed: [noOp(1, 1)] })
          .show(1, { committed: [noOp(1, 1)] }),
    ],
    [
      'two changes under way',
      'One Change At A Time',
      () =>
        aLedGroup()
          .show(1, { entries: [change(2, 1)] })
          .show(1, { entries: [change(3, 1)] }),
    ],
    [
      'a change before the term has committed anything',
      'One Change At A Time',
      () =>
        new History()
          .votes(1, 1, 1, 2)
          .leads(1, 1)
          .show(1, { entries: [change(2, 1)] }),
    ],
    [
      'a commit that is on one disk only',
      'Acknowledged Is Durable',
      () => new History().votes(1, 1, 1, 2).leads(1, 1).sync(1, 1, 1, noOp(1, 1)).commits(1, 1, 1),
    ],
    [
      'a member counted for what it does not hold',
      'Acknowledged Is Durable',
      () => {
        const history = aLedGroup();
        const progress = { member: 'n3#a', match: 1 };
        history.checker.believes(history.view(1), [progress as never]);
      },
    ],
    [
      'a log cut above the database',
      'Acknowledged Is Durable',
      () => {
        const history = aLedGroup();
        history.checker.cut(history.view(1), 8, 6);
      },
    ],
    [
      'a vote that is not on disk',
      'Promised Is Durable',
      () => new History().says(2, 1, { type: 'vote-response', term: 1, reject: false }),
    ],
    [
      'an acknowledgement that is not on disk',
      'Promised Is Durable',
      () => aLedGroup().sync(3, 1, null).says(3, 1, { type: 'append-response', term: 1, reject: false, index: 1 }),
    ],
    [
      'a request for votes in a term that is not on disk',
      'Promised Is Durable',
      () => new History().says(1, 2, { type: 'vote', term: 1, lastIndex: 0, lastTerm: 0, transfer: false }),
    ],
    [
      'two votes in a term',
      'One Vote A Term',
      () => new History().votes(1, 1, 2).show(2, { hardState: { term: 1, vote: 'n3#a', commit: 0 } }),
    ],
    [
      'an entry applied before the own sync',
      'Applied Is Synced',
      () =>
        aLedGroup()
          .show(3, { entries: [noOp(1, 1)] })
          .commits(3, 1, 1)
          .show(3, { committed: [noOp(1, 1)] }),
    ],
    [
      'a configuration that is not the newest',
      'Newest Configuration Counts',
      () => {
        const history = aLedGroup();
        history.checker.goesBy(history.view(1), { configurationIndex: 7 } as never);
      },
    ],
    [
      'a read that misses an acknowledged write',
      'Linearizable Reads',
      () => {
        const reads = new ReadOrder();
        reads.writeAcknowledged(5);
        reads.end(reads.begin(), 4, 'n1');
      },
    ],
    [
      'a read that goes back behind another',
      'Linearizable Reads',
      () => {
        const reads = new ReadOrder();
        reads.end(reads.begin(), 9, 'n1');
        reads.end(reads.begin(), 8, 'n2');
      },
    ],
  ];

  it.each(bad)('sees %s (%s)', (_what, invariant, happen) => {
    expect(happen).toThrow(expect.objectContaining({ name: 'Violation', invariant }));
  });

  it('lets a read see more than it must, and reads that overlap see different things', () => {
    const reads = new ReadOrder();
    reads.writeAcknowledged(5);
    const [first, second] = [reads.begin(), reads.begin()];
    reads.end(first, 9, 'n1');
    reads.end(second, 5, 'n2');
    expect(reads.checked).toBe(2);
  });
});
