import { Rejected } from '../common/rejected';
import { readTarget } from './read-target.rules';

const apiKey = `cfg_${'a'.repeat(43)}`;
const other = `cfg_${'b'.repeat(43)}`;

function codeOf(header: string | undefined, path: readonly string[]): string {
  try {
    readTarget(header, path);
  } catch (error) {
    if (error instanceof Rejected) return error.code;
    throw error;
  }
  throw new Error('accepted');
}

describe('readTarget', () => {
  it.each([
    [undefined, [apiKey, 'app'], { apiKey, key: 'app' }],
    [undefined, [apiKey], { apiKey, key: null }],
    [apiKey, ['app'], { apiKey, key: 'app' }],
    [apiKey, [], { apiKey, key: null }],
    // Longer by one character: it can be a config's key and nothing else.
    [apiKey, [`${other}x`], { apiKey, key: `${other}x` }],
    [undefined, [apiKey, other], { apiKey, key: other }],
    // What the key is good for is not for this function to say.
    ['nonsense', ['app'], { apiKey: 'nonsense', key: 'app' }],
    [undefined, ['app'], { apiKey: 'app', key: null }],
  ])('header %s, path %j', (header, path, expected) => expect(readTarget(header, path)).toEqual(expected));

  it.each([
    [apiKey, [apiKey]],
    [apiKey, [other]],
    [apiKey, [apiKey, 'app']],
    [apiKey, ['app', 'db']],
    ['', [apiKey]],
  ])('refuses two API keys: header %j, path %j', (header, path) =>
    expect(codeOf(header, path)).toBe('validation-failed'),
  );

  it('refuses a request without any', () => expect(codeOf(undefined, [])).toBe('invalid-api-key'));
});
