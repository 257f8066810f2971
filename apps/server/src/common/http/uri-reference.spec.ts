import { uriReference } from './uri-reference';

describe('a path as a URI reference', () => {
  it.each([
    ['/v1/users/a%20b', '/v1/users/a%20b'],
    ['/v1/users/ü "x" [1]', '/v1/users/%C3%BC%20%22x%22%20%5B1%5D'],
    ['/v1/100%/50%zz', '/v1/100%25/50%25zz'],
    ['/v1/\ud800', '/v1/%EF%BF%BD'],
    ['/v1/😀', '/v1/%F0%9F%98%80'],
    ["/v1/~a-b._!$&'()*+,;=:@", "/v1/~a-b._!$&'()*+,;=:@"],
  ])('%j is %j', (path, reference) => {
    expect(uriReference(path, 100)).toBe(reference);
  });

  it('is cut where no escape is split', () => {
    expect(uriReference(`/${'x'.repeat(50)}`, 10)).toBe(`/${'x'.repeat(9)}`);
    expect(['/ab%41c', '/ab%41c', '/ab%41c'].map((path, place) => uriReference(path, 4 + place))).toEqual([
      '/ab',
      '/ab',
      '/ab%41',
    ]);
  });
});
