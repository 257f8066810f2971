import { held, isFlat } from './process-memory';

it.each<[string, readonly number[], boolean | undefined]>([
  ['grows at first, then no more', [100, 140, 180, 190, 195, 190, 200, 190, 195, 200, 190, 210], true],
  ['has one high value', [150, 160, 170, 170, 160, 170, 400, 170, 160, 170, 165, 160], true],
  ['grows all the time', [100, 120, 140, 160, 180, 200, 220, 240, 260, 280, 300, 320], false],
  ['was not looked at for long enough', [100, 900], undefined],
])('memory that %s', (_how, megabytes, flat) => {
  expect(isFlat(megabytes)).toBe(flat);
});

it('is that of a process, and of none that has ended', () => {
  expect(held({ pid: process.pid })?.megabytes ?? 100).toBeGreaterThan(20);
  expect(held({ pid: undefined })).toBeUndefined();
});
