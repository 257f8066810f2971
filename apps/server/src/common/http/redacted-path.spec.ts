import { redactedPath } from './redacted-path';

const key = `cfg_${'aB3-_'.repeat(8)}xyz`;

describe('a path as it may be logged', () => {
  it.each([
    ['/v1/projects?q=secret', '/v1/projects'],
    [`/v1/read/${key}/app`, '/v1/read/***/app'],
    [`/v1/read/${key}`, '/v1/read/***'],
    [`/v1/read/${key.replace('_', '%5F')}/app`, '/v1/read/***/app'],
    [`/v1/read/%63fg_${key.slice(4)}`, '/v1/read/***'],
    [`/v1/read/${key.slice(0, 12)}`, '/v1/read/***'],
    [`/v1/read/cgf_${key.slice(4)}/app`, '/v1/read/***/app'],
    [`/v1/read/%ff${key}`, '/v1/read/***'],
    [`/v1/watch/${key}?keys=a`, '/v1/watch/***'],
    [`/elsewhere/${key}/x`, '/elsewhere/***/x'],
    ['/v1/read/app', '/v1/read/app'],
    [undefined, ''],
  ])('%s is %s', (url, path) => {
    expect(redactedPath(url)).toBe(path);
  });
});
