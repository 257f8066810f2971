import type { Operation } from '../../support/operations';
import { filled } from '../../support/operations';

export interface WrongRequest {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface From {
  /** Ids with which the operation finds what it asks for. */
  readonly usual: Readonly<Record<string, string | number>>;
  readonly accessToken: string;
  readonly secret: string;
  /** Whether it is a credential that this service made, which it knows by its form wherever it stands. */
  readonly isOfKnownForm: boolean;
}

const json = { 'Content-Type': 'application/json' };
/** Not X-Request-Id, which is told again on purpose: api.md, conventions. */
const headersWithValues = [
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Accept',
  'Accept-Encoding',
];
const otherHeaders = ['Cookie', 'X-Api-Key', 'Proxy-Authorization', 'Referer', 'Origin', 'User-Agent', 'traceparent'];

/** One operation with a secret wherever a confused client could put it. */
export function wrongRequests({ method, path, query, members }: Operation, from: From): readonly WrongRequest[] {
  const { usual, accessToken, secret, isOfKnownForm } = from;
  const authorized = { Authorization: `Bearer ${accessToken}` };
  const right = filled(path, usual);
  const parameters = [...query, 'password', 'apiKey', 'access_token', 'refreshToken'];
  const made: WrongRequest[] = [
    ...parameters.map((name) => ({
      ...{ what: `query ${name}`, method, headers: authorized },
      path: `${right}?${name}=${encodeURIComponent(secret)}`,
    })),
    ...[...headersWithValues, ...otherHeaders].map((name) => ({
      ...{ what: `header ${name}`, method, path: right },
      headers: { ...authorized, [name]: secret },
    })),
    ...['Bearer', 'Basic', 'Digest', ''].map((scheme) => ({
      ...{ what: `authorization ${scheme}`, method, path: right },
      headers: { Authorization: `${scheme} ${secret}`.trim() },
    })),
    { what: 'another method', method: 'TRACE', path: right, headers: authorized },
  ];
  if (isOfKnownForm) made.push(...inPath({ method, path, usual, authorized, secret }));
  return method === 'get' ? made : [...made, ...inBody({ method, path: right, authorized, secret, members })];
}

interface InPath extends Pick<From, 'usual' | 'secret'> {
  readonly method: string;
  readonly path: string;
  readonly authorized: Readonly<Record<string, string>>;
}

function inPath({ method, path, usual, authorized, secret }: InPath): readonly WrongRequest[] {
  const places = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const paths = places.map((name) => filled(path, { ...usual, [name]: secret }));
  const wrong = [...paths, `${filled(path, usual)}/${secret}`, `/elsewhere/${secret}`];
  return wrong.map((each) => ({ what: 'path', method, path: each, headers: authorized }));
}

function inBody(of: {
  readonly method: string;
  readonly path: string;
  readonly authorized: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly members: readonly string[];
}): readonly WrongRequest[] {
  const { method, path, authorized, secret, members } = of;
  const bodies: readonly (readonly [string, string])[] = [
    ['not JSON', secret],
    ['cut short', `{"password":"${secret}`],
    ['with something behind it', `{"password":"${secret}"} ${secret}`],
    ['with a member twice', `{"password":"${secret}","password":"${secret}"}`],
    ['with a number that is none', `{"password":"${secret}","n":1e400}`],
    ['a string', JSON.stringify(secret)],
    ['a list', JSON.stringify([secret])],
    ['unknown members', JSON.stringify({ unknown: secret, password_: { nested: [secret] } })],
    ...[secret, [secret], { nested: secret }].map(
      (value) =>
        [
          `members that are a ${Array.isArray(value) ? 'list' : typeof value}`,
          JSON.stringify(Object.fromEntries(members.map((name) => [name, value]))),
        ] as const,
    ),
  ];
  const headers = { ...authorized, ...json };
  return [
    ...bodies.map(([what, body]) => ({ what: `body ${what}`, method, path, headers, body })),
    { what: 'body of a wrong type', method, path, headers: { ...headers, 'Content-Type': secret }, body: secret },
    { what: 'body of a wrong coding', method, path, headers: { ...headers, 'Content-Encoding': secret }, body: secret },
  ];
}
