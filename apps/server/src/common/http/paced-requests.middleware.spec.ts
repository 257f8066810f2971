import type { Request, Response } from 'express';
import { pacedRequests } from './paced-requests.middleware';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('paced requests', () => {
  const started: number[] = [];
  const send = (middleware: ReturnType<typeof pacedRequests>, n: number): void =>
    middleware({} as Request, {} as Response, () => started.push(n));

  beforeEach(() => (started.length = 0));

  it('starts a burst a few at a time, in order, and all of it', async () => {
    const middleware = pacedRequests(3);
    for (let n = 1; n <= 7; n++) send(middleware, n);
    expect(started).toEqual([1, 2, 3]);
    await turn();
    expect(started).toEqual([1, 2, 3, 4, 5, 6]);
    await turn();
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('lets nobody overtake those who wait', async () => {
    const middleware = pacedRequests(2);
    for (let n = 1; n <= 4; n++) send(middleware, n);
    await turn();
    send(middleware, 5);
    expect(started).toEqual([1, 2, 3, 4]);
    await turn();
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  it('starts a lone request at once, also after a burst', async () => {
    const middleware = pacedRequests(1);
    send(middleware, 1);
    await turn();
    await turn();
    send(middleware, 2);
    expect(started).toEqual([1, 2]);
  });
});
