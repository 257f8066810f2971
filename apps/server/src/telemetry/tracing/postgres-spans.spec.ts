import { summaryOf } from './postgres-spans';

describe('the summary of a statement', () => {
  it.each([
    ['SELECT "a" FROM "config_revisions" WHERE key = $1', 'SELECT config_revisions'],
    ['insert into audit_records (a) values ($1)', 'INSERT audit_records'],
    ["BEGIN; SET LOCAL synchronous_commit = 'on'", 'BEGIN'],
    ["SELECT 'a secret'", 'SELECT'],
    ['', 'QUERY'],
  ])('of %s is %s', (text, summary) => expect(summaryOf(text)).toBe(summary));
});
