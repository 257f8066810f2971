import { ServingGate } from '../../common/serving-gate';
import type { ConsensusService } from '../../consensus/consensus.service';
import { DomainEvents } from '../../consensus/domain-events';
import { projectDeleted } from '../../projects/project.events';
import type { Watcher } from './watchers';
import { Watchers } from './watchers';

/** By default until the first of them are woken. */
async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

function theWatchers() {
  const events = new DomainEvents();
  const gate = new ServingGate();
  gate.open();
  const keys = new Map([['hash', { projectId: 'p' }]]);
  const consensus = { state: { of: () => keys } } as unknown as ConsensusService;
  return { watchers: new Watchers(consensus, gate, events), events, gate, keys };
}

function aWatcher(projectId = 'p') {
  const watcher = { kind: 'stream', credential: { projectId, apiKeyHash: 'hash' } } as const;
  return { ...watcher, wake: jest.fn(), beat: jest.fn(), end: jest.fn() } satisfies Watcher;
}

const changed = (events: DomainEvents, projectId: string): void =>
  events.publish([
    { type: 'config.updated', payload: { config: { projectId } }, index: 1, term: 1, at: '', actorId: null },
  ]);

describe('the watchers of a node', () => {
  it('are woken by what happens in their project, once for all that happens in one turn', async () => {
    const { watchers, events } = theWatchers();
    const [own, others] = [aWatcher(), aWatcher('other')];
    watchers.add(own);
    watchers.add(others);
    for (let n = 0; n < 3; n += 1) changed(events, 'p');
    // Who wrote, and the other nodes, are told first.
    await turns(3);
    expect(own.wake).not.toHaveBeenCalled();
    await turns(2);
    expect([own.wake.mock.calls.length, others.wake.mock.calls.length]).toEqual([1, 0]);
    watchers.stop();
  });

  it('are all woken, many in many turns, and others are served in between', async () => {
    const { watchers, events } = theWatchers();
    const many = Array.from({ length: 1_000 }, () => aWatcher());
    for (const watcher of many) watchers.add(watcher);
    changed(events, 'p');
    await turns();
    const woken = (): number => many.filter(({ wake }) => wake.mock.calls.length > 0).length;
    expect(woken()).toBeGreaterThan(0);
    expect(woken()).toBeLessThan(1_000);
    await turns(20);
    expect(woken()).toBe(1_000);
    watchers.stop();
  });

  it('end when their key opens the project no more, and when the node must not serve', async () => {
    const { watchers, events, gate, keys } = theWatchers();
    const [one, other] = [aWatcher(), aWatcher()];
    watchers.add(one);
    keys.delete('hash');
    events.publish([{ ...projectDeleted({ projectId: 'p' }), index: 1, term: 1, at: '', actorId: null }]);
    await turns();
    expect(one.end).toHaveBeenCalledWith(expect.objectContaining({ code: 'invalid-api-key' }));
    keys.set('hash', { projectId: 'p' });
    watchers.add(other);
    gate.close('it is damaged');
    changed(events, 'p');
    await turns();
    expect(other.end).toHaveBeenCalledWith(expect.objectContaining({ code: 'not-ready' }));
    expect([one.wake.mock.calls.length, other.wake.mock.calls.length]).toEqual([0, 0]);
    watchers.stop();
  });

  it('are refused when there are too many, and taken again when one has gone', () => {
    const { watchers } = theWatchers();
    const removals = Array.from({ length: 10_000 }, () => watchers.add(aWatcher()));
    expect(() => watchers.add(aWatcher())).toThrow(expect.objectContaining({ code: 'overloaded' }));
    removals[0]?.();
    removals[0]?.();
    expect(watchers.counts).toEqual({ stream: 9_999, poll: 0 });
    watchers.add(aWatcher());
    expect(() => watchers.add(aWatcher())).toThrow(expect.objectContaining({ code: 'overloaded' }));
    watchers.stop();
  });

  it('are not taken by a node that stops', () => {
    const { watchers } = theWatchers();
    const watcher = aWatcher();
    watchers.add(watcher);
    watchers.stop();
    expect(watcher.end).toHaveBeenCalledTimes(1);
    expect(() => watchers.add(aWatcher())).toThrow(expect.objectContaining({ code: 'not-ready' }));
  });
});
