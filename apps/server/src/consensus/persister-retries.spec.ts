import { persisterDefaults } from './persister-options';
import { PersisterRetries } from './persister-retries';

const withCode = (code: string, message = 'said the server'): Error => Object.assign(new Error(message), { code });
const deadlock = withCode('40P01', 'deadlock detected');
const { maxRefusals } = persisterDefaults;

/** What each of so many refusals in a row leads to. */
const refusals = (retries: PersisterRetries, error: Error, count: number): (string | undefined)[] =>
  Array.from({ length: count }, () => retries.refuse(error)?.message);
const goesOn = (count: number): undefined[] => Array.from({ length: count }, () => undefined);

describe('retries of a batch', () => {
  it('end with the thirtieth refusal in a row by a server that is there', () => {
    const retries = new PersisterRetries(persisterDefaults);
    expect(maxRefusals).toBe(30);
    expect(refusals(retries, deadlock, maxRefusals - 1)).toEqual(goesOn(maxRefusals - 1));
    const last = retries.refuse(deadlock);
    expect(last?.message).toBe('the database refused the same batch 30 times in a row: deadlock detected');
    expect(last?.cause).toBe(deadlock);
  });

  it('are counted anew after a success', () => {
    const retries = new PersisterRetries(persisterDefaults);
    refusals(retries, deadlock, maxRefusals - 1);
    retries.succeeded();
    expect(refusals(retries, deadlock, maxRefusals - 1)).toEqual(goesOn(maxRefusals - 1));
    expect(retries.refuse(deadlock)).toBeInstanceOf(Error);
  });

  it.each([
    ['cannot be reached', withCode('ECONNREFUSED')],
    ['went away', new Error('Connection terminated unexpectedly')],
    ['is starting up', withCode('57P03')],
    ['is shut down', withCode('57P01')],
    ['has no room', withCode('53100')],
  ])('have no end while the database %s, and that neither counts nor ends the count', (_what, away) => {
    const retries = new PersisterRetries(persisterDefaults);
    refusals(retries, deadlock, maxRefusals - 1);
    expect(refusals(retries, away, 3 * maxRefusals)).toEqual(goesOn(3 * maxRefusals));
    expect(retries.refuse(deadlock)?.message).toContain(`${maxRefusals} times in a row`);
  });

  it('are not made of what can never be taken, and the reason holds no value', () => {
    const detail = 'Key (email)=(ada@example.com) already exists.';
    const place = { severity: 'ERROR', table: 'users', constraint: 'users_email_unique', detail };
    const lasting = Object.assign(withCode('23505', 'duplicate key value'), place);
    const retries = new PersisterRetries(persisterDefaults);
    expect(retries.refuse(lasting)?.message).toBe(
      'PostgreSQL does not take what the state holds: duplicate key value (SQLSTATE 23505, users, users_email_unique)',
    );
    const mistake = new TypeError('undefined is not a function');
    expect(retries.refuse(mistake)).toBe(mistake);
    expect(retries.refuse('text')?.message).toBe('text');
  });
});
