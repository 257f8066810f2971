import type { IncomingMessage } from 'node:http';
import type { ReadLevel } from '../../common/http/request-context';
import { isApiKey } from '../../projects/api-key';
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

/** Nothing in it needs decoding. What is no key is found nowhere. */
const form = /^\/v1\/read\/([\w.-]+)(?:\/([\w.-]+))?(?:\?(.*))?$/;

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
  const [, first, second, query] = form.exec(url) ?? [];
  const asked = queries.get(query);
  if (first === undefined || asked === undefined) return undefined;
  const { level, representation } = asked;
  const header = headers['x-api-key'];
  if (header === undefined)
    return second === undefined ? undefined : { apiKey: first, key: second, level, representation, by: 'path' };
  if (second !== undefined || isApiKey(first)) return undefined;
  return { apiKey: String(header), key: first, level, representation, by: 'header' };
}
