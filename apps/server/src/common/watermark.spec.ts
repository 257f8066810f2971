import { setImmediate as turn } from 'node:timers/promises';
import { Watermark } from './watermark';

describe('Watermark', () => {
  it('resolves those whose value is there, and no others', async () => {
    const mark = new Watermark(3);
    const reached: number[] = [];
    for (const value of [7, 5, 9, 5]) void mark.reached(value)?.then(() => reached.push(value));
    expect(mark.reached(3)).toBeUndefined();
    mark.raise(6);
    await turn();
    expect(reached).toEqual([5, 5]);
    mark.raise(4);
    expect(mark.value).toBe(6);
    mark.raise(9);
    await turn();
    expect(reached).toEqual([5, 5, 7, 9]);
    expect(mark.waiting).toBe(0);
  });

  it('forgets who waits no more', async () => {
    const mark = new Watermark();
    const [one, two] = [mark.reached(5)!, mark.reached(5)!];
    mark.forget(one);
    mark.forget(one);
    expect(mark.waiting).toBe(1);
    mark.raise(5);
    await two;
    await expect(Promise.race([one, turn('still waits')])).resolves.toBe('still waits');
  });
});
