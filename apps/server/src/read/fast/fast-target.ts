import type { IncomingMessage } from 'node:http';
import type { ReadLevel } from '../../common/http/request-context';
import type { Representation } from '../prepared-answers';

/** A read of one config in one of the forms that clients use thousands of times a second. */
export interface FastTarget {
  readonly apiKey: string;
  readonly key: string;
  readonly level: ReadLevel;
  readonly representation: Representation;
  /** Where the API key is. */
  readonly by: 'path' | 'header';
}

const byPath = /^\/v1\/read\/(cfg_[A-Za-z0-9_-]{43})\/([A-Za-z0-9][A-Za-z0-9._-]{0,254})(?:\?(.*))?$/;
const byHeader = /^\/v1\/read\/([A-Za-z0-9][A-Za-z0-9._-]{0,254})(?:\?(.*))?$/;
const apiKeyForm = /^cfg_[A-Za-z0-9_-]{43}$/;

type Asked = Pick<FastTarget, 'level' | 'representation'>;

const plain: Asked = { level: 'linearizable', representation: 'plain' };
const raw: Asked = { level: 'linearizable', representation: 'raw' };
const localPlain: Asked = { level: 'local', representation: 'plain' };
const localRaw: Asked = { level: 'local', representation: 'raw' };
const queries: ReadonlyMap<string | undefined, Asked> = new Map([
  [undefined, plain],
  ['consistency=linearizable', plain],
  ['consistency=local', localPlain],
  ['raw=true', raw],
  ['raw=true&consistency=local', localRaw],
  ['consistency=local&raw=true', localRaw],
]);

/** Undefined for whatever is written in another way, valid or not: the routes know them all. */
export function fastTarget({ method, url = '', headers }: IncomingMessage): FastTarget | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const header = headers['x-api-key'];
  const [, first, second, third] = (header === undefined ? byPath : byHeader).exec(url) ?? [];
  if (first === undefined) return undefined;
  const [apiKey, key, query] = header === undefined ? [first, second, third] : [String(header), first, second];
  const asked = queries.get(query);
  if (asked === undefined || key === undefined) return undefined;
  if (header !== undefined && (!apiKeyForm.test(apiKey) || apiKeyForm.test(key))) return undefined;
  const { level, representation } = asked;
  return { apiKey, key, level, representation, by: header === undefined ? 'path' : 'header' };
}
