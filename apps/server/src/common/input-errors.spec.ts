/// <reference lib="es2024.string" />
import { boundedErrors, shortened } from './input-errors';

describe('errors in an answer', () => {
  it('are a hundred, and a line that counts the others', () => {
    const errors = Array.from({ length: 190_000 }, (_, n) => ({ pointer: `/${n}`, message: 'is not known here' }));
    const told = boundedErrors(errors);
    expect(told).toHaveLength(101);
    expect(told[99]).toEqual(errors[99]);
    expect(told[100]).toEqual({ message: 'and 189900 more' });
    expect(boundedErrors(errors.slice(0, 100))).toEqual(errors.slice(0, 100));
  });

  it('have short parts, whatever the names are', () => {
    const [told] = boundedErrors([{ pointer: `/${'k'.repeat(2_000_000)}`, keyword: 'type', message: 'y'.repeat(500) }]);
    expect(told).toEqual({ pointer: `/${'k'.repeat(254)}…`, keyword: 'type', message: `${'y'.repeat(255)}…` });
  });

  it('are cut between characters', () => {
    for (const length of [254, 255, 256, 257]) {
      const text = shortened(`${'a'.repeat(length)}${'😀'.repeat(10)}`);
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThanOrEqual(256);
    }
  });
});
