import { bearerToken } from './bearer-token';

const tokenIn = (authorization?: string) =>
  bearerToken({ headers: authorization === undefined ? {} : { authorization } });

describe('the token of a request', () => {
  it.each([
    ['Bearer a.b.c', 'a.b.c'],
    ['bearer a.b.c', 'a.b.c'],
    ['BEARER   a.b.c ', 'a.b.c'],
    ['Bearer ', null],
    ['Bearera.b.c', null],
    ['Basic a.b.c', null],
    ['', null],
    [undefined, null],
  ])('in %j is %j', (authorization, token) => {
    expect(tokenIn(authorization)).toBe(token);
  });

  it('is not looked for in what is too long to hold one', () => {
    expect(tokenIn(`Bearer ${'a'.repeat(4089)}`)).toHaveLength(4089);
    expect(tokenIn(`Bearer ${'a'.repeat(4090)}`)).toBeNull();
  });
});
