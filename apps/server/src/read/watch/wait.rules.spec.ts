import { positionOf } from './position.rules';
import { waitOf } from './wait.rules';

describe('what a read that waits asks for', () => {
  it('is nothing without waitIndex, and 30 s without a time', () => {
    expect(waitOf({})).toBeUndefined();
    expect(waitOf({ waitIndex: '7' })).toEqual({ afterIndex: 7, waitMs: 30_000 });
    expect(waitOf({ waitIndex: '7', wait: '0s' })).toEqual({ afterIndex: 7, waitMs: 0 });
    expect(waitOf({ waitIndex: '7', wait: '5m' })).toEqual({ afterIndex: 7, waitMs: 300_000 });
  });

  it.each([{ wait: '1s' }, { waitIndex: '7', wait: '301s' }, { waitIndex: '7', wait: '9999999999999999s' }])(
    'is refused as %j',
    (query) => expect(() => waitOf(query)).toThrow(expect.objectContaining({ code: 'validation-failed' })),
  );
});

describe('the position of a client', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['17', 17],
    ['0', -1],
    ['abc', -1],
    ['1.5', -1],
    ['9'.repeat(16), -1],
  ])('with Last-Event-ID %j is %j', (lastEventId, position) => expect(positionOf(lastEventId)).toBe(position));
});
