import { Deadline } from './deadline';
import { BoundedQueue } from './bounded-queue';

const detail = 'Too many of them.';
const plenty = () => Deadline.after(60_000);
const turnsOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

/** Tasks that end when they are told to. */
function controlled(queue: BoundedQueue) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, deadline = plenty()) =>
    queue.run(() => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    }, deadline);
  return { begun, run, end: (name: string) => ends.get(name)?.() };
}

describe('a bounded queue', () => {
  it('runs no more than its bound together, the others in order of arrival', async () => {
    const { begun, run, end } = controlled(new BoundedQueue({ running: 2, waiting: 5, detail }));
    const all = ['a', 'b', 'c', 'd'].map((name) => run(name));
    await turnsOfTheLoop();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await turnsOfTheLoop();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c']) end(name);
    await turnsOfTheLoop();
    end('d');
    await expect(Promise.all(all)).resolves.toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses at once what finds the queue full', async () => {
    const { run, end } = controlled(new BoundedQueue({ running: 1, waiting: 1, detail }));
    const running = run('a');
    const waiting = run('b');
    await expect(run('c')).rejects.toMatchObject({ code: 'overloaded' });
    end('a');
    await running;
    await turnsOfTheLoop();
    end('b');
    await expect(waiting).resolves.toBe('b');
  });

  it('gives the turn of one that waited too long to the next', async () => {
    const { begun, run, end } = controlled(new BoundedQueue({ running: 1, waiting: 5, detail }));
    const running = run('a');
    const late = run('late', Deadline.after(1));
    const patient = run('patient');
    await expect(late).rejects.toMatchObject({ code: 'overloaded' });
    end('a');
    await running;
    await turnsOfTheLoop();
    expect(begun).toEqual(['a', 'patient']);
    end('patient');
    await patient;
  });

  it('takes the turn back from a task that fails', async () => {
    const queue = new BoundedQueue({ running: 1, waiting: 0, detail });
    await expect(queue.run(() => Promise.reject(new Error('no')), plenty())).rejects.toThrow('no');
    await expect(queue.run(() => Promise.resolve('yes'), plenty())).resolves.toBe('yes');
  });
});
