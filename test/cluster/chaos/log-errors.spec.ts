import { unexplainedErrors } from './log-errors';

const disturbances = [
  { fault: 'kill', from: 100_000, to: 101_000 },
  { fault: 'database-crash', from: 300_000, to: 301_000 },
];
const databaseEnded = (time: number): string =>
  JSON.stringify({ level: 50, time, msg: 'the embedded PostgreSQL ended (SIGKILL) and is started again' });
const failed = (status: number, time: number): string =>
  JSON.stringify({ level: 50, time, msg: 'request failed', res: { status } });

describe('the errors in the log of a node', () => {
  it.each([
    ['a refusal while something was broken', failed(503, 100_500)],
    ['a refusal shortly after', failed(504, 105_000)],
    ['a warning', JSON.stringify({ level: 40, time: 1, msg: 'anything' })],
    ['what the test notes', '--- process 7 ended: SIGKILL'],
    ['an empty line', ''],
    ['the greeting', 'API docs         http://127.0.0.1:1/docs'],
    ['a database that was killed', databaseEnded(300_500)],
  ])('are none: %s', (_, line) => {
    expect(unexplainedErrors(line, disturbances)).toEqual([]);
  });

  it.each([
    ['a refusal before anything was broken', failed(503, 99_000)],
    ['a refusal long after', failed(503, 200_000)],
    ['a defect', failed(500, 100_500)],
    ['another error meanwhile', JSON.stringify({ level: 50, time: 100_500, msg: 'the state could not be confirmed' })],
    ['an unhandled rejection', JSON.stringify({ level: 60, time: 100_500, msg: 'unhandled rejection' })],
    ['a database that ended although nobody killed it', databaseEnded(100_500)],
    ['what is no line of the log', 'Error: at somewhere'],
  ])('are found: %s', (_, line) => {
    expect(unexplainedErrors(`${failed(503, 100_500)}\n${line}\n`, disturbances)).toEqual([line]);
  });
});
