import { isIP } from 'node:net';

/** Whom Express believes: nobody, the nearest so many, or those at these addresses. */
export type TrustProxy = false | number | readonly string[];

const ranges: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export function parseTrustProxy(value: string): TrustProxy | undefined {
  if (value === 'false' || value === '0') return false;
  // Not what Express makes of it, which is to believe everybody.
  if (value === 'true') return 1;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const places = value.split(',').map((place) => place.trim());
  return places.every((place) => ranges.has(place) || isNetwork(place)) ? places : undefined;
}
