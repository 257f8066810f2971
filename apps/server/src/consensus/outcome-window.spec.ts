import { OutcomeWindow } from './outcome-window';

const applied = (n: number): string => JSON.stringify({ status: 'applied', result: { n } });

describe('the window of first outcomes', () => {
  it('gives back what was kept, and nothing that it has passed', () => {
    const window = new OutcomeWindow(3);
    for (let index = 1; index <= 20; index++) {
      window.keep(`command ${index}`, index, `fingerprint ${index}`, applied(index));
      window.forget(index);
      for (let other = 1; other <= index; other++) {
        const outcome = { status: 'applied', result: { n: other } };
        const kept = { index: other, fingerprint: `fingerprint ${other}`, outcome };
        expect(window.find(`command ${other}`)).toEqual(other > index - 3 ? kept : undefined);
      }
      expect(window.size).toBe(Math.min(3, index));
    }
  });

  it('passes over indexes at which nothing was kept', () => {
    const window = new OutcomeWindow(10);
    window.keep('a', 1, 'f', applied(1));
    window.keep('b', 8, 'f', applied(8));
    window.forget(15);
    expect(window.find('a')).toBeUndefined();
    expect(window.find('b')?.index).toBe(8);
    window.forget(100);
    expect(window.size).toBe(0);
  });
});
