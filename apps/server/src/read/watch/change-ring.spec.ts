import fc from 'fast-check';
import { DomainEvents } from '../../consensus/domain-events';
import { ChangeRing } from './change-ring';

const aChange = (key: string, version = 1, content: string | null = '1') => ({ key, version, content });

/** Everything in the project after the index. */
function all(ring: ChangeRing, projectId: string, index: number) {
  const found = [];
  for (let next = ring.after(projectId, index); next; next = ring.after(projectId, next.index)) found.push(next);
  return found;
}

describe('the ring of changes', () => {
  it('tells what came after an index, by project', () => {
    const ring = new ChangeRing();
    ring.add(3, 'p', aChange('a'));
    ring.add(5, 'other', aChange('a'));
    ring.add(8, 'p', aChange('b', 2, null));
    expect(all(ring, 'p', 0)).toMatchObject([
      { index: 3, changes: [aChange('a')] },
      { index: 8, changes: [aChange('b', 2, null)] },
    ]);
    expect(all(ring, 'p', 3)).toMatchObject([{ index: 8 }]);
    expect(all(ring, 'p', 7)).toMatchObject([{ index: 8 }]);
    expect(all(ring, 'p', 8)).toEqual([]);
    expect(all(ring, 'nobody', 0)).toEqual([]);
  });

  it('keeps all changes of one index together', () => {
    const ring = new ChangeRing();
    for (const key of ['a', 'b', 'c']) ring.add(4, 'p', aChange(key));
    ring.add(5, 'p', aChange('d'));
    expect(all(ring, 'p', 0).map(({ changes }) => changes.length)).toEqual([3, 1]);
  });

  it.each([
    ['changes', { changes: 3, bytes: 1e9 }],
    ['bytes', { changes: 1e9, bytes: 1_000 }],
  ])('drops the oldest when there are too many %s, and says from where on it is whole', (_what, bounds) => {
    const ring = new ChangeRing(bounds);
    for (let index = 1; index <= 5; index += 1) ring.add(index, `p${index % 2}`, aChange('a'));
    expect([ring.floorOf('p1'), ring.floorOf('p0'), ring.floorOf('p2')]).toEqual([1, 2, 0]);
    expect(all(ring, 'p1', ring.floorOf('p1')).map(({ index }) => index)).toEqual([3, 5]);
    expect(all(ring, 'p0', ring.floorOf('p0')).map(({ index }) => index)).toEqual([4]);
  });

  it('holds nothing that is larger than itself', () => {
    const ring = new ChangeRing({ changes: 10, bytes: 1_000 });
    ring.add(1, 'p', aChange('a'));
    ring.add(2, 'p', aChange('a', 2, 'x'.repeat(1_000)));
    expect([ring.floorOf('p'), all(ring, 'p', 0)]).toEqual([2, []]);
  });

  it('begins anew where a state was loaded as a whole', () => {
    const events = new DomainEvents();
    const ring = ChangeRing.fedBy(events);
    ring.add(4, 'p', aChange('a'));
    events.replaced(1_000_000_004);
    expect([ring.floorOf('p'), all(ring, 'p', 0)]).toEqual([1_000_000_004, []]);
  });

  it('loses nothing of a project that is quiet while others are busy', () => {
    const ring = new ChangeRing({ changes: 3, bytes: 1e9 });
    ring.restart(10);
    for (let index = 11; index <= 20; index += 1) ring.add(index, 'busy', aChange('a'));
    expect([ring.floorOf('busy'), ring.floorOf('quiet')]).toEqual([17, 10]);
  });

  it('has every change above its floor exactly once, in order, whatever was added', () => {
    const step = fc.record({ project: fc.integer({ min: 0, max: 3 }), skip: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (steps, bound) => {
        const ring = new ChangeRing({ changes: bound, bytes: 1e9 });
        const added: [number, string, number][] = [];
        let index = 1;
        for (const [version, { project, skip }] of steps.entries()) {
          index += skip;
          ring.add(index, `p${project}`, aChange('k', version));
          added.push([index, `p${project}`, version]);
        }
        for (const project of ['p0', 'p1', 'p2', 'p3'])
          for (const from of [ring.floorOf(project), ring.floorOf(project) + 3, index]) {
            const told = all(ring, project, from).flatMap(({ index: at, changes }) =>
              changes.map(({ version }) => [at, project, version]),
            );
            expect(told).toEqual(added.filter(([at, of]) => of === project && at > from));
          }
        const kept = added.filter(([at, of]) => at > ring.floorOf(of));
        expect(kept.length).toBeLessThanOrEqual(bound);
      }),
    );
  });
});
