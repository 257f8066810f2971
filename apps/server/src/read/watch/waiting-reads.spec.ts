import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { WaitingReads } from './waiting-reads';

type Given = ConstructorParameters<typeof WaitingReads>;

describe('a read that waits', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function waiting(row: { modIndex: number }) {
    const consensus = { state: { of: () => ({ get: () => row }) } } as unknown as Given[0];
    const watchers = { add: () => () => undefined, refusal: () => undefined } as unknown as Given[1];
    const apiKeys = { projectOf: () => 'project-1' } as unknown as Given[2];
    const reads = new WaitingReads(consensus, watchers, apiKeys, {} as Given[3]);
    const response = new EventEmitter() as unknown as Response;
    const answers: boolean[] = [];
    const target = { apiKey: 'cfg_key', key: 'app' };
    void reads.wait({} as never, response, target, { afterIndex: 5, waitMs: 1_000 }, (isUnchanged) => {
      answers.push(isUnchanged);
    });
    return answers;
  }

  it('is unchanged when its time is over and nothing has happened', () => {
    const answers = waiting({ modIndex: 5 });
    jest.advanceTimersByTime(1_000);
    expect(answers).toEqual([true]);
  });

  it('has changed when its time is over before it was woken for a change that is there', () => {
    const row = { modIndex: 5 };
    const answers = waiting(row);
    row.modIndex = 6;
    jest.advanceTimersByTime(1_000);
    expect(answers).toEqual([false]);
  });
});
