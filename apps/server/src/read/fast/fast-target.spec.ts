import type { IncomingMessage } from 'node:http';
import { fastTarget } from './fast-target';

const apiKey = `cfg_${'a'.repeat(43)}`;
const asked = (url: string, headers: object = {}, method = 'GET') =>
  fastTarget({ method, url, headers } as unknown as IncomingMessage);

describe('fastTarget', () => {
  const plain = { apiKey, key: 'app', level: 'linearizable', representation: 'plain', minIndex: 0 };
  const [two, one, none] = ['/v1/read/:apiKey/:key', '/v1/read/:apiKeyOrKey', '/v1/read'].map((path) => ({ path }));
  const all = { ...plain, key: null };

  it.each([
    [`/v1/read/${apiKey}/app`, {}, { ...plain, route: two }],
    [`/v1/read/${apiKey}/app?consistency=linearizable`, {}, { ...plain, route: two }],
    [`/v1/read/${apiKey}/app?consistency=local`, {}, { ...plain, level: 'local', route: two }],
    [`/v1/read/${apiKey}/app?raw=true`, {}, { ...plain, representation: 'raw', route: two }],
    [
      `/v1/read/${apiKey}/app?raw=true&consistency=local`,
      {},
      { ...plain, level: 'local', representation: 'raw', route: two },
    ],
    ['/v1/read/app', { 'x-api-key': apiKey }, { ...plain, route: one }],
    ['/v1/read/app?raw=true', { 'x-api-key': apiKey }, { ...plain, representation: 'raw', route: one }],
    [`/v1/read/${apiKey}/app?minIndex=7`, {}, { ...plain, minIndex: 7, route: two }],
    [
      `/v1/read/${apiKey}/app?raw=true&minIndex=7&consistency=local`,
      {},
      { ...plain, level: 'local', representation: 'raw', minIndex: 7, route: two },
    ],
    [
      '/v1/read/app?consistency=local&minIndex=7',
      { 'x-api-key': apiKey },
      { ...plain, level: 'local', minIndex: 7, route: one },
    ],
    [`/v1/read/${apiKey}`, {}, { ...all, route: one }],
    [`/v1/read/${apiKey}?consistency=local`, {}, { ...all, level: 'local', route: one }],
    ['/v1/read', { 'x-api-key': apiKey }, { ...all, route: none }],
    ['/v1/read?minIndex=7', { 'x-api-key': apiKey }, { ...all, minIndex: 7, route: none }],
    // Where both parts are there they cannot be mistaken for each other.
    [`/v1/read/${apiKey}/${apiKey}`, {}, { ...plain, key: apiKey, route: two }],
  ])('%s %j', (url, headers, expected) => {
    expect(asked(url, headers)).toEqual(expected);
    expect(asked(url, headers, 'HEAD')).toEqual(expected);
  });

  it.each([
    [`/v1/read/${apiKey}?raw=true`, {}],
    ['/v1/read?raw=true', { 'x-api-key': apiKey }],
    ['/v1/read', {}],
    ['/v1/read/', { 'x-api-key': apiKey }],
    [`/v1/read/${apiKey}/`, {}],
    [`/v1/read/${apiKey}/app/more`, {}],
    [`/v1/read/${apiKey}/a%70p`, {}],
    [`/v1/read/${apiKey}/app?raw=false`, {}],
    [`/v1/read/${apiKey}/app?minIndex=-7`, {}],
    [`/v1/read/${apiKey}/app?minIndex=`, {}],
    [`/v1/read/${apiKey}/app?minIndex=7&minIndex=8`, {}],
    [`/v1/read/${apiKey}/app?minIndex=${'9'.repeat(16)}`, {}],
    [`/v1/read/${apiKey}/app?`, {}],
    [`/v1/read/${apiKey}/app`, { 'x-api-key': apiKey }],
    [`/v1/read/${apiKey}`, { 'x-api-key': apiKey }],
    ['/v1/read/app', {}],
    [`/V1/read/${apiKey}/app`, {}],
    ['/v1/projects', {}],
  ])('%s %j is for the routes', (url, headers) => expect(asked(url, headers)).toBeUndefined());

  it.each(['POST', 'OPTIONS', 'DELETE'])('%s is for the routes', (method) =>
    expect(asked(`/v1/read/${apiKey}/app`, {}, method)).toBeUndefined(),
  );
});
