import { requestIdOf } from './request-id';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const idOf = (given: string | undefined): string => requestIdOf({ headers: { 'x-request-id': given } });

it.each(['abc', 'a/b:c.d_e-f+g=h@i', 'x'.repeat(128), 'b7ad6b71-6920-3331'])('%s is kept', (given) => {
  expect(idOf(given)).toBe(given);
});

it.each([
  undefined,
  '',
  'two words',
  'x'.repeat(129),
  `cfg_${'aB3-_'.repeat(8)}xyz`,
  `for-cfg_${'aB3-_'.repeat(8)}xyz`,
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  `${'a'.repeat(22)}.${'b'.repeat(43)}`,
])('%s is replaced: it would stand in the log and in the audit trail for ever', (given) => {
  expect(idOf(given)).toMatch(uuid);
});
