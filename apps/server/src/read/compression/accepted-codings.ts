import { LRUCache } from 'lru-cache';

/** The content codings that answers are made in, the one that makes them smaller first. */
export const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

/** What a caller takes (RFC 9110, section 12.5.3). */
export interface AcceptedCodings {
  /** Those it likes no less than the plain bytes, the best first. */
  readonly preferred: readonly Coding[];
  readonly takesPlain: boolean;
}

const onlyPlain: AcceptedCodings = { preferred: [], takesPlain: true };

/** Clients send the same few texts again and again. */
const known = new LRUCache<string, AcceptedCodings>({ max: 200 });
const longestKept = 200;

export function acceptedCodings(header: string | undefined): AcceptedCodings {
  // Who does not speak of it may not know of it: curl and many a library do not unpack what they did not ask for.
  if (header === undefined) return onlyPlain;
  const kept = known.get(header);
  if (kept) return kept;
  const accepted = parse(header);
  if (header.length <= longestKept) known.set(header, accepted);
  return accepted;
}

const element = /^([\w!#$%&'*+.^`|~-]+)(?:[\t ]*;[\t ]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

function parse(header: string): AcceptedCodings {
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [, name, weight = '1'] = element.exec(part.trim()) ?? [];
    if (name !== undefined) weights.set(name.toLowerCase().replace(/^x-(?=gzip$)/, ''), Number(weight));
  }
  const any = weights.get('*');
  const plain = weights.get('identity') ?? any;
  const weightOf = (coding: Coding): number => weights.get(coding) ?? any ?? 0;
  const preferred = codings.filter((coding) => weightOf(coding) > 0 && weightOf(coding) >= (plain ?? 0));
  return { preferred: preferred.sort((a, b) => weightOf(b) - weightOf(a)), takesPlain: plain !== 0 };
}
