import { errorText, isTransient } from './transient-error';

const withCode = (code: string, message = 'said the server'): Error => Object.assign(new Error(message), { code });

describe('isTransient', () => {
  it.each([
    '57P01',
    '57P02',
    '57P03',
    '53300',
    '53100',
    '40001',
    '40P01',
    '55P03',
    '57014',
    '08006',
    '25006',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOENT',
  ])('waits after %s', (code) => expect(isTransient(withCode(code))).toBe(true));

  it.each(['28P01', '3D000', '42P01', '23505', '22021', '57P04', 'XX001', 'ERR_INVALID_ARG_TYPE'])(
    'gives up after %s',
    (code) => expect(isTransient(withCode(code))).toBe(false),
  );

  it.each([
    'Connection terminated unexpectedly',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
  ])('waits after what the driver tells by text alone: %s', (message) =>
    expect(isTransient(new Error(message))).toBe(true),
  );

  it('judges a host with several addresses by all of them', () => {
    expect(isTransient(new AggregateError([withCode('ECONNREFUSED'), withCode('ETIMEDOUT')]))).toBe(true);
    expect(isTransient(new AggregateError([withCode('ECONNREFUSED'), withCode('EACCES')]))).toBe(false);
  });

  it('gives up after a mistake in the code', () => {
    expect(isTransient(new TypeError('undefined is not a function'))).toBe(false);
    expect(isTransient('text')).toBe(false);
  });
});

describe('errorText', () => {
  it('never shows a password', () => {
    expect(errorText(new Error('bad postgres://me:hush@host/db'))).toBe('bad postgres://me:***@host/db');
  });

  it('tells the first of several attempts', () => {
    expect(errorText(new AggregateError([withCode('ECONNREFUSED', 'refused by ::1'), withCode('ETIMEDOUT')]))).toBe(
      'refused by ::1',
    );
  });
});
