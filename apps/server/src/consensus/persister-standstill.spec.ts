import { Standstill } from './persister-standstill';

describe('the standstill of a database', () => {
  let now: number;
  let standstill: Standstill;
  beforeEach(() => {
    now = 1_000;
    standstill = new Standstill({ monotonic: () => now });
  });

  it('is none as long as nothing waits', () => {
    now += 60_000;
    expect(standstill.ms).toBe(0);
  });

  it('counts from what has waited longest', () => {
    standstill.begin();
    now += 300;
    standstill.begin();
    now += 200;
    expect(standstill.ms).toBe(500);
  });

  it('is over with whatever the database takes, and counts anew for what is left', () => {
    standstill.begin();
    now += 500;
    standstill.end(true);
    now += 40;
    expect(standstill.ms).toBe(40);
    standstill.end(false);
    now += 60_000;
    expect(standstill.ms).toBe(0);
  });
});
