import type { Change, PatchOperation } from './json-patch';
import { escapeToken } from './json-pointer';
import type { JsonValue } from './json-value';

export interface DiffLimits {
  readonly maxChanges: number;
  /** Of the patch and the list of changes together, as JSON. */
  readonly maxBytes: number;
}

/** Where something is, in the old and in the new document. Written out only once it is known to be told. */
export interface Place {
  readonly parent: Place | null;
  readonly old: string;
  readonly now: string;
  /** Of both pointers as JSON. */
  readonly bytes: number;
}

/** What became of one value: it changed as a whole, or there are differences within it. */
export interface Difference {
  readonly kind: Change['kind'];
  readonly place: Place | null;
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly within: readonly Difference[] | undefined;
  readonly changes: number;
  readonly bytes: number;
}

interface Lists {
  readonly patch: PatchOperation[];
  readonly changes: Change[];
}

/** `{"op":"replace","path":"","value":},{"pointer":"","kind":"changed","before":,"after":},` */
const bytesOfFrame = 90;

/** Counts what differences would weigh before any of them is written, and tells fewer, larger ones when it is too much. */
export class DiffPlan {
  constructor(
    private readonly limits: DiffLimits,
    private readonly bytesOf: (value: JsonValue) => number,
  ) {}

  place(parent: Place | null, old: string | number, now: string | number): Place {
    const tokens = old === now ? [old] : [old, now];
    const own = tokens.map((token) =>
      typeof token === 'number' ? String(token).length : Buffer.byteLength(JSON.stringify(escapeToken(token))) - 2,
    );
    const bytes = (own[0] ?? 0) + (own.at(-1) ?? 0) + 2;
    return { parent, old: String(old), now: String(now), bytes: (parent?.bytes ?? 0) + bytes };
  }

  change(kind: Change['kind'], place: Place | null, before: JsonValue, after: JsonValue): Difference {
    const values = (kind === 'added' ? 0 : this.bytesOf(before)) + (kind === 'removed' ? 0 : 2 * this.bytesOf(after));
    const bytes = bytesOfFrame + (place?.bytes ?? 0) + values;
    return { kind, place, before, after, within: undefined, changes: 1, bytes };
  }

  /** Beyond the limits the largest of the values within are told as a whole, one after the other; then the value itself. */
  within(place: Place | null, before: JsonValue, after: JsonValue, found: readonly Difference[]): Difference {
    let [changes, bytes] = [0, 0];
    for (const each of found) {
      changes += each.changes;
      bytes += each.bytes;
    }
    const exceeds = (): boolean => changes > this.limits.maxChanges || bytes > this.limits.maxBytes;
    const whole = this.change('changed', place, before, after);
    if (!exceeds()) return { ...whole, within: found, changes, bytes };
    const told = new Map<Difference, Difference>();
    for (const each of found.filter(({ within }) => within).sort((one, other) => other.changes - one.changes)) {
      const coarse = this.change('changed', each.place, each.before, each.after);
      if (coarse.changes >= each.changes && coarse.bytes >= each.bytes) continue;
      told.set(each, coarse);
      changes += coarse.changes - each.changes;
      bytes += coarse.bytes - each.bytes;
      if (!exceeds()) return { ...whole, within: found.map((one) => told.get(one) ?? one), changes, bytes };
    }
    return whole;
  }

  write({ kind, place, before, after, within }: Difference, lists: Lists): void {
    if (within) {
      for (const each of within) this.write(each, lists);
      return;
    }
    const path = pointerTo(place, 'now');
    if (kind === 'removed') {
      lists.patch.push({ op: 'remove', path });
      lists.changes.push({ pointer: pointerTo(place, 'old'), kind, before });
    } else {
      lists.patch.push({ op: kind === 'added' ? 'add' : 'replace', path, value: after });
      lists.changes.push(kind === 'added' ? { pointer: path, kind, after } : { pointer: path, kind, before, after });
    }
  }
}

function pointerTo(place: Place | null, side: 'old' | 'now'): string {
  const tokens: string[] = [];
  for (let at = place; at; at = at.parent) tokens.push(escapeToken(at[side]));
  return tokens
    .map((token) => `/${token}`)
    .reverse()
    .join('');
}
