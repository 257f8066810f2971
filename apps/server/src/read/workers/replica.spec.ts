import { setImmediate as turn } from 'node:timers/promises';
import { hashApiKey } from '../../projects/api-key';
import type { FromNode } from './messages';
import { Replica } from './replica';

const apiKey = `cfg_${'a'.repeat(43)}`;
const config = { key: 'app', version: 1, modIndex: 5, content: '1' };
const fresh: FromNode = { type: 'fresh', isServing: true, confirmedAt: 100 };
const state: FromNode = {
  type: 'changes',
  index: 5,
  configs: [['shop', 'app', config]],
  apiKeys: [[hashApiKey(apiKey), 'shop']],
};

function filled(now = 100): { replica: Replica; asked: number[] } {
  const asked: number[] = [];
  const replica = new Replica(
    (question) => asked.push(question),
    () => now,
  );
  for (const message of [{ type: 'begin' }, state, fresh, { type: 'filled' }] as const) replica.receive(message);
  return { replica, asked };
}

describe('a replica', () => {
  it('serves nothing before all of the state is there, nor while another takes its place', () => {
    const replica = new Replica(() => undefined);
    for (const message of [{ type: 'begin' }, fresh, state] as const) {
      replica.receive(message);
      expect(replica.isServing).toBe(false);
    }
    replica.receive({ type: 'filled' });
    expect(replica.isServing).toBe(true);
    replica.receive({ type: 'begin' });
    expect(replica.isServing).toBe(false);
    expect([replica.config('shop', 'app'), replica.projectOf(apiKey)]).toEqual([undefined, undefined]);
  });

  it('holds what it was told, until it is told that it is gone', () => {
    const { replica } = filled();
    expect([replica.config('shop', 'app'), replica.projectOf(apiKey), replica.index]).toEqual([config, 'shop', 5]);
    replica.receive({ type: 'changes', index: 6, configs: [['shop', 'app', null]], apiKeys: [] });
    expect([replica.config('shop', 'app'), replica.projectOf(apiKey), replica.index]).toEqual([undefined, 'shop', 6]);
    replica.receive({ type: 'changes', index: 7, configs: [], apiKeys: [[hashApiKey(apiKey), null]] });
    expect(replica.projectOf(apiKey)).toBeUndefined();
  });

  it('serves no more once the node does not', () => {
    const { replica } = filled();
    replica.receive({ type: 'fresh', isServing: false, confirmedAt: 100 });
    expect(replica.isServing).toBe(false);
  });

  it('grows older as long as nobody says otherwise', () => {
    const { replica } = filled(1_100);
    expect(replica.ageMs).toBe(1_000);
    replica.receive({ type: 'fresh', isServing: true, confirmedAt: 1_090 });
    expect(replica.ageMs).toBe(10);
    expect(new Replica(() => undefined).wasConfirmed).toBe(false);
    expect(new Replica(() => undefined).ageMs).toBe(Infinity);
  });

  it('asks once for all reads of a turn, and again for those of the next', async () => {
    const { replica, asked } = filled();
    const [one, other] = [replica.confirm(), replica.confirm()];
    expect(one).toBe(other);
    expect(asked).toEqual([]);
    await turn();
    expect(asked).toEqual([1]);
    const next = replica.confirm();
    expect(next).not.toBe(one);
    await turn();
    expect(asked).toEqual([1, 2]);
    replica.receive({ ...fresh, type: 'confirmed', question: 1 });
    await one;
    replica.receive({ type: 'unconfirmed', question: 2 });
    await expect(next).rejects.toThrow('could not confirm');
  });

  it('asks apart for local reads, which need no round', async () => {
    const levels: string[] = [];
    const replica = new Replica((_question, level) => levels.push(level));
    void Promise.all([replica.catchUp(), replica.confirm(), replica.catchUp()]);
    await turn();
    expect(levels.sort()).toEqual(['linearizable', 'local']);
  });

  it('passes reads on when the node answers none of its questions', async () => {
    const { replica } = filled();
    for (let n = 0; n < 1_000; n++) {
      replica.confirm().catch(() => undefined);
      await turn();
    }
    await expect(replica.confirm()).rejects.toThrow('does not answer');
  });
});
