import fc from 'fast-check';
import type { Place } from './roster';
import { Roster } from './roster';

describe('a roster', () => {
  it('holds who came and has not left, whatever the order', () => {
    const steps = fc.array(fc.oneof(fc.constant('come' as const), fc.nat(100)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (all) => {
        const [roster, model, places] = [new Roster<number>(), new Set<number>(), [] as Place<number>[]];
        for (const step of all) {
          if (step === 'come') {
            model.add(places.length);
            places.push(roster.add(places.length));
          } else if (places.length > 0) {
            // Some leave twice.
            const place = places[step % places.length] as Place<number>;
            roster.remove(place);
            model.delete(place.of);
          }
          expect(roster.size).toBe(model.size);
        }
        expect([...roster.all()].sort((a, b) => a - b)).toEqual([...model]);
      }),
    );
  });
});
