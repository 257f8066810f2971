/** Long enough for an API key, too long for a usual config key. */
const suspiciousLength = 40;
/** What follows `cfg_` in anything that could be a key; a config may well be called `cfg_app`. */
const keyPart = /cfg_[^/]{20,}/i;
/** An access token, whole or cut short, and a refresh token: both are known by their form wherever they stand. */
const tokenPart = /eyJ[\w-]{10,}\.|[\w-]{22}\.[\w-]{43}/;

/** Whether a credential of ours stands in it, by its form. */
export const holdsCredential = (text: string): boolean => keyPart.test(text) || tokenPart.test(text);

/** Decoded as often as somebody may have encoded it. Never fails: `%ff` is a character like any other here. */
function decoded(segment: string): string {
  let text = segment;
  for (let round = 0; round < 4 && text.includes('%'); round++)
    text = text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return text;
}

/**
 * A path as it may be logged and answered: without scheme and host, without the query, and without what is or may have
 * been meant as an API key or a token. By its place, however it was written: percent-encoded, mistyped or cut short, a credential
 * is not repeated.
 */
export function redactedPath(url: string | undefined): string {
  const path = /^[^?#]*/.exec(url ?? '')?.[0].replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') ?? '';
  const segments = path.split('/');
  const plain = segments.map(decoded);
  const [first = '', version = '', api = '', , ...rest] = plain;
  const isForKeys = first === '' && version.toLowerCase() === 'v1' && /^(read|watch)$/i.test(api);
  const isKey = (text: string, place: number): boolean =>
    holdsCredential(text) ||
    (isForKeys && place === 3 && (rest.length > 0 || text.length >= suspiciousLength || /^cfg_/i.test(text)));
  return segments.map((segment, place) => (isKey(plain[place] ?? '', place) ? '***' : segment)).join('/');
}
