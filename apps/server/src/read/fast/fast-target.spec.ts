import type { IncomingMessage } from 'node:http';
import { fastTarget } from './fast-target';

const apiKey = `cfg_${'a'.repeat(43)}`;
const asked = (url: string, headers: object = {}, method = 'GET') =>
  fastTarget({ method, url, headers } as unknown as IncomingMessage);

describe('fastTarget', () => {
  const plain = { apiKey, key: 'app', level: 'linearizable', representation: 'plain' };

  it.each([
    [`/v1/read/${apiKey}/app`, {}, { ...plain, by: 'path' }],
    [`/v1/read/${apiKey}/app?consistency=linearizable`, {}, { ...plain, by: 'path' }],
    [`/v1/read/${apiKey}/app?consistency=local`, {}, { ...plain, level: 'local', by: 'path' }],
    [`/v1/read/${apiKey}/app?raw=true`, {}, { ...plain, representation: 'raw', by: 'path' }],
    [
      `/v1/read/${apiKey}/app?raw=true&consistency=local`,
      {},
      { ...plain, level: 'local', representation: 'raw', by: 'path' },
    ],
    ['/v1/read/app', { 'x-api-key': apiKey }, { ...plain, by: 'header' }],
    ['/v1/read/app?raw=true', { 'x-api-key': apiKey }, { ...plain, representation: 'raw', by: 'header' }],
    // Where both parts are there they cannot be mistaken for each other.
    [`/v1/read/${apiKey}/${apiKey}`, {}, { ...plain, key: apiKey, by: 'path' }],
  ])('%s %j', (url, headers, expected) => {
    expect(asked(url, headers)).toEqual(expected);
    expect(asked(url, headers, 'HEAD')).toEqual(expected);
  });

  it.each([
    [`/v1/read/${apiKey}`, {}],
    [`/v1/read/${apiKey}/`, {}],
    [`/v1/read/${apiKey}/app/more`, {}],
    [`/v1/read/${apiKey}/a%70p`, {}],
    [`/v1/read/${apiKey}/app?raw=false`, {}],
    [`/v1/read/${apiKey}/app?minIndex=7`, {}],
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
