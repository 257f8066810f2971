import type { IncomingMessage } from 'node:http';
import type { ReadLevel } from '../../common/http/request-context';
import { isApiKey } from '../../projects/api-key';
import type { Representation } from '../prepared-answers';

/** A read in one of the forms that clients use thousands of times a second. */
export interface FastTarget {
  readonly apiKey: string;
  /** Null: all configs of the project. */
  readonly key: string | null;
  readonly level: ReadLevel;
  readonly representation: Representation;
  /** The log index that the answer has to reflect at least. */
  readonly minIndex: number;
  /** As Express leaves it: metrics go by the pattern of the route. */
  readonly route: { readonly path: string };
}

/** Nothing in it needs decoding. What is no key is found nowhere. */
const form = /^\/v1\/read(?:\/([\w.-]+))?(?:\/([\w.-]+))?(?:\?(.*))?$/;
const withMinIndex = /^(?:(.+)&)?minIndex=(\d{1,15})(?:&(.+))?$/;
const routes = {
  twoParts: { path: '/v1/read/:apiKey/:key' },
  onePart: { path: '/v1/read/:apiKeyOrKey' },
  none: { path: '/v1/read' },
} as const;

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
  const [whole, first, second, query] = form.exec(url) ?? [];
  const asked = whole === undefined ? undefined : askedBy(query);
  const place = asked && placeOf(headers['x-api-key'], first, second);
  if (!asked || !place || (place.key === null && asked.representation === 'raw')) return undefined;
  return { ...place, ...asked };
}

function askedBy(query: string | undefined): (Asked & Pick<FastTarget, 'minIndex'>) | undefined {
  const known = queries.get(query);
  if (known) return { ...known, minIndex: 0 };
  const [, before, minIndex, after] = withMinIndex.exec(query ?? '') ?? [];
  if (minIndex === undefined) return undefined;
  const rest = queries.get(before === undefined ? after : after === undefined ? before : `${before}&${after}`);
  return rest && { ...rest, minIndex: Number(minIndex) };
}

function placeOf(
  header: string | readonly string[] | undefined,
  first: string | undefined,
  second: string | undefined,
): Pick<FastTarget, 'apiKey' | 'key' | 'route'> | undefined {
  if (header === undefined) {
    if (first === undefined) return undefined;
    if (second !== undefined) return { apiKey: first, key: second, route: routes.twoParts };
    // What has not the form of an API key was meant to be the key of a config.
    return isApiKey(first) ? { apiKey: first, key: null, route: routes.onePart } : undefined;
  }
  if (first === undefined) return { apiKey: String(header), key: null, route: routes.none };
  if (second !== undefined || isApiKey(first)) return undefined;
  return { apiKey: String(header), key: first, route: routes.onePart };
}
