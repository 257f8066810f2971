import { observedBarrier, observedRound } from './observed-barrier';

const told: (readonly [level: string, outcome: string, seconds: number])[] = [];
const observed = { onBarrier: (...one: (typeof told)[number]) => void told.push(one) };
const counted = () => told.map(([level, outcome]) => `${level} ${outcome}`);
beforeEach(() => told.splice(0));

it('counts each read that waited by itself, with what became of it', async () => {
  await observedBarrier(observed, 'local', () => Promise.resolve('value'));
  await expect(observedBarrier(observed, 'linearizable', () => Promise.reject(new Error('no leader')))).rejects.toThrow(
    'no leader',
  );
  expect(counted()).toEqual(['local passed', 'linearizable refused']);
  expect(told.every(([, , seconds]) => seconds >= 0 && seconds < 10)).toBe(true);
});

it('counts a round once, however many wait for it', async () => {
  const [first, second] = [Promise.resolve(), Promise.reject(new Error('lost'))];
  for (let n = 0; n < 3; n++) {
    expect(observedRound(observed, first)).toBe(first);
    await expect(observedRound(observed, second)).rejects.toThrow('lost');
  }
  expect(counted().sort()).toEqual(['linearizable passed', 'linearizable refused']);
});
