import { Availability, percent } from './availability';

describe('the availability that clients feel', () => {
  it('counts what took too long as failed', () => {
    const reads = new Availability('reads', 100);
    reads.add([1, 2, 100]);
    reads.add([101]);
    expect(reads.share).toBe(0.75);
    expect(reads.text).toContain('4 operations, 75.000 % within 100 ms, 100.000 % within 1000 ms');
  });

  it('counts what was due and never answered as failed', () => {
    const reads = new Availability('reads', 100);
    reads.add([1, 1, 1]);
    reads.expect(4);
    expect(reads.share).toBe(0.75);
  });

  it('is none when nobody asked', () => {
    expect(new Availability('writes', 100).share).toBe(0);
  });

  it('is not rounded up', () => {
    expect(percent(0.9999999)).toBe('99.999 %');
    expect(percent(1)).toBe('100.000 %');
  });
});
