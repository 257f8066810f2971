import { reject } from '../common/rejected';
import { isApiKey } from '../projects/api-key';

/** What a request of the read API names: the API key, and one config or, with null, all of them. */
export interface ReadTarget {
  readonly apiKey: string;
  readonly key: string | null;
}

const bothGiven = (): never =>
  reject('validation-failed', {
    errors: [{ header: 'X-API-Key', message: 'must not be sent when the path holds an API key' }],
  });

/**
 * With the header `X-API-Key` the path holds no API key: `/v1/read/{key}` or `/v1/read`. Without it the first part of
 * the path is the API key: `/v1/read/{apiKey}/{key}` or `/v1/read/{apiKey}`. Both are refused, and a part that looks
 * like an API key is taken for one, because the likelier meaning is a caller who sends it twice. A config whose own key
 * looks like that is read by its path alone, where the two parts cannot be mistaken for each other.
 */
export function readTarget(header: string | undefined, path: readonly string[]): ReadTarget {
  const [first, second] = path;
  if (header !== undefined) {
    if (second !== undefined || (first !== undefined && isApiKey(first))) bothGiven();
    return { apiKey: header, key: first ?? null };
  }
  if (first === undefined)
    reject('invalid-api-key', 'Send the API key in the header X-API-Key or as the next part of the path.');
  return { apiKey: first, key: second ?? null };
}
