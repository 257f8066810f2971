import { redactedPath } from './redacted-path';

const key = `cfg_${'aB3-_'.repeat(8)}xyz`;

const encoded = (text: string): string =>
  [...text].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');

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
    [`/elsewhere/%63%66%67%5f${key.slice(4)}/x`, '/elsewhere/***/x'],
    [`http://h/v1/read/${key}/app`, '/v1/read/***/app'],
    [`HTTPS://user@h:1/v1/read/${encoded(key)}`, '/v1/read/***'],
    [`http://h/v1/read/${encoded(key)}/w`, '/v1/read/***/w'],
    [`/%76%31/re%61d/${key.slice(4)}/w`, '/%76%31/re%61d/***/w'],
    [`/V1/Read/${key.slice(4, 30)}/w`, '/V1/Read/***/w'],
    [`/v1%2fread%2f${key}`, '/***'],
    [`/v1//read/${key}`, '/v1//read/***'],
    [`/v1/projects/p/configs/${encoded(encoded(key))}`, '/v1/projects/p/configs/***'],
    [`/v1/read/app#${key}`, '/v1/read/app'],
    ['/v1/projects/p/configs/cfg_app', '/v1/projects/p/configs/cfg_app'],
    ['/v1/users/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', '/v1/users/***'],
    [`/v1/projects/p/eyJhbGciOiJIUzI1NiJ9%2eeyJzdW`, '/v1/projects/p/***'],
    [`/elsewhere/${'aB3-_x'.repeat(4).slice(2)}.${'aB3-_x9'.repeat(7).slice(6)}/x`, '/elsewhere/***/x'],
    ['foo://', ''],
    ['/v1/read/app', '/v1/read/app'],
    [undefined, ''],
  ])('%s is %s', (url, path) => {
    expect(redactedPath(url)).toBe(path);
  });
});
