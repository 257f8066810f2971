import { WorkerCounts } from './read-counts';

describe('what a worker counts', () => {
  it('is gathered by labels and by the bounds of durations, and told once', () => {
    const labels = { method: 'GET', route: '/v1/read/:apiKey/:key', status: '200' };
    const counts = new WorkerCounts();
    for (const seconds of [0.0004, 0.0006, 0.002, 60]) counts.add(labels, seconds);
    counts.add({ ...labels, status: '304' }, 0.0005);
    expect(counts.take()).toEqual([
      { ...labels, count: 2, seconds: 0.001 },
      { ...labels, count: 1, seconds: 0.002 },
      { ...labels, count: 1, seconds: 60 },
      { ...labels, status: '304', count: 1, seconds: 0.0005 },
    ]);
    expect(counts.take()).toEqual([]);
  });
});
