import { checkConfig, checkHistory, shortestFailingPrefix } from './check-history';
import { history } from './history-notation';
import { badHistories, goodHistories } from './known-histories';

describe('the linearizability checker', () => {
  it.each(Object.entries(goodHistories))('accepts %s', (_name, text) => {
    expect(checkHistory(history(text)).failures).toEqual([]);
  });

  it.each(Object.entries(badHistories))('rejects %s', (_name, text) => {
    const { failures } = checkHistory(history(text));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain('is not linearizable');
  });

  it('answers an order of execution that explains every answer', () => {
    const verdict = checkConfig(history(goodHistories['answers of six clients that all overlap'] ?? ''));
    expect(verdict).toMatchObject({
      type: 'linearizable',
      order: ['u', 'p', 'q', 't', 'r', 's'].map((client) => ({ client })),
    });
  });

  it('tells the shortest failing prefix as a story', () => {
    const text = `
      p@node-1 0-1 create a -> done 1
      q@node-2 2-3 read -> found 1 a
      p@node-1 4-20 write b @1 -> done 2
      q@node-2 5-6 read -> found 2 b
      r@node-3 7-8 read -> found 1 a
      q@node-2 9-10 read -> found 1 a
      s@node-1 21-22 delete @2 -> done`;
    const prefix = shortestFailingPrefix(history(text));
    expect(prefix.last).toMatchObject({ client: 'r', calledMs: 7 });
    expect(prefix.operations.map(({ client, calledMs }) => `${client}${calledMs}`)).toEqual([
      'p0',
      'q2',
      'p4',
      'q5',
      'r7',
    ]);
    expect(checkHistory(history(text)).failures).toEqual([
      [
        'config "k" is not linearizable; the shortest failing prefix has 5 operations:',
        '  0.000s-0.001s     p@node-1: create a -> done as version 1',
        '  0.002s-0.003s     q@node-2: read -> version 1, a',
        '  0.004s-...        p@node-1: write b over version 1 -> outcome unknown',
        '  0.005s-0.006s     q@node-2: read -> version 2, b',
        '> 0.007s-0.008s     r@node-3: read -> version 1, a',
        'The last answer (>) fits no order. The best explanation ends with',
        '    0.000s-0.001s     p@node-1: create a -> done as version 1',
        '    0.002s-0.003s     q@node-2: read -> version 1, a',
        '    0.004s-...        p@node-1: write b over version 1 -> outcome unknown',
        '    0.005s-0.006s     q@node-2: read -> version 2, b',
        '  which leaves version 2, content b; it cannot place',
        '    0.007s-0.008s     r@node-3: read -> version 1, a',
      ].join('\n'),
    ]);
  });

  it('leaves out all but the newest operations of a long story', () => {
    const reads = Array.from({ length: 100 }, (_, n) => `q ${10 + 2 * n}-${11 + 2 * n} read -> found 1 a`);
    const [story] = checkHistory(
      history(['p 0-1 create a -> done 1', ...reads, 'q 500-501 read -> missing'].join('\n')),
    ).failures;
    expect(story).toContain('has 102 operations');
    expect(story).toContain('(62 earlier ones are left out)');
    expect(story?.split('\n').length).toBeLessThan(60);
  });

  it('gives up as undecided at its limit, and counts that as failed', () => {
    // Twenty changes without an outcome, and an answer that only a very particular subset of them could explain.
    const changes = Array.from({ length: 20 }, (_, n) => `c${n} 2-? write ${n} @* -> unknown`);
    const text = ['p 0-1 create a -> done 1', ...changes, 'q 3-4 read -> found 30 z'].join('\n');
    expect(checkConfig(history(text), 2_000).type).toBe('undecided');
    expect(checkHistory(history(text), 2_000).failures).toEqual(['config "k": undecided after 2001 configurations']);
  });

  it('decides a history of ten thousand operations with a hundred unknown outcomes', () => {
    const lines = ['p 0-1 create v1 -> done 1', 'p 1-2 write v2 @1 -> done 2'];
    for (let version = 2; version < 2_500; version++) {
      const at = version * 10;
      const next = `write v${version + 1} @${version}`;
      lines.push(`r ${at}-${at + 9} read -> found ${version} v${version}`);
      lines.push(`s ${at + 1}-${at + 3} write x @${version - 1} -> conflict ${version}`);
      lines.push(
        version % 25 === 0 ? `u ${at}-? ${next} -> unknown` : `p ${at}-${at + 8} ${next} -> done ${version + 1}`,
      );
      lines.push(`t ${at + 7}-${at + 9} read -> found ${version + 1} v${version + 1}`);
    }
    const verdict = checkConfig(history(lines.join('\n')));
    expect(verdict.type).toBe('linearizable');
    expect(verdict.configurations).toBeLessThan(10_000);
  });
});
