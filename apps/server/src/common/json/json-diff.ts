import { alignItems } from './item-alignment';
import { DiffPlan } from './diff-plan';
import type { Difference, DiffLimits, Place } from './diff-plan';
import type { Change, JsonDiff, PatchOperation } from './json-patch';
import type { JsonObject, JsonValue } from './json-value';
import { isJsonArray, isJsonObject, member } from './json-value';
import { StructuralIds } from './structural-ids';

/** What people can still read, and what an answer may weigh whatever MAX_RESPONSE_BYTES is: a string has an end. */
const limits: DiffLimits = { maxChanges: 10_000, maxBytes: 64 * 1024 ** 2 };
/** Cells of all tables together: a few milliseconds. */
const alignmentBudget = 250_000;

/**
 * The patch that turns one document into another, and the same as a list for people. The order of members makes no
 * difference (RFC 6902 section 4.6).
 *
 * Time and memory are linear in the documents but for aligning the items of arrays, whose total work is bounded. So is
 * the outcome: where the changes within an object or array would be more than `maxChanges` or weigh more than
 * `maxBytes`, it is replaced as a whole. Only the whole document as one operation may weigh more.
 */
export function diffJson(from: JsonValue, to: JsonValue, { maxBytes }: { readonly maxBytes: number }): JsonDiff {
  const bounds = { ...limits, maxBytes: Math.min(limits.maxBytes, maxBytes) };
  return new DocumentComparison(bounds).compare(from, to);
}

class DocumentComparison {
  private readonly ids = new StructuralIds();
  private readonly plan: DiffPlan;
  private work = 0;

  constructor(limits: DiffLimits) {
    this.plan = new DiffPlan(limits, (value) => this.ids.bytesOf(value));
  }

  compare(from: JsonValue, to: JsonValue): JsonDiff {
    const difference = this.difference(from, to, null);
    const diff = { patch: [] as PatchOperation[], changes: [] as Change[] };
    if (difference) this.plan.write(difference, diff);
    return diff;
  }

  private difference(before: JsonValue, after: JsonValue, place: Place | null): Difference | undefined {
    if (this.ids.of(before) === this.ids.of(after)) return undefined;
    if (isJsonObject(before) && isJsonObject(after))
      return this.plan.within(place, before, after, this.inMembers(before, after, place));
    if (isJsonArray(before) && isJsonArray(after))
      return this.plan.within(place, before, after, this.inItems(before, after, place));
    return this.plan.change('changed', place, before, after);
  }

  private inMembers(before: JsonObject, after: JsonObject, parent: Place | null): readonly Difference[] {
    const found: Difference[] = [];
    for (const name of Object.keys(before)) {
      const place = this.plan.place(parent, name, name);
      const old = member(before, name) ?? null;
      const now = member(after, name);
      const difference =
        now === undefined ? this.plan.change('removed', place, old, null) : this.difference(old, now, place);
      if (difference) found.push(difference);
    }
    for (const name of Object.keys(after)) {
      if (Object.hasOwn(before, name)) continue;
      const place = this.plan.place(parent, name, name);
      found.push(this.plan.change('added', place, null, member(after, name) ?? null));
    }
    return found;
  }

  private inItems(
    before: readonly JsonValue[],
    after: readonly JsonValue[],
    parent: Place | null,
  ): readonly Difference[] {
    const { steps, work } = alignItems(
      before.map((item) => this.ids.of(item)),
      after.map((item) => this.ids.of(item)),
      alignmentBudget - this.work,
    );
    this.work += work;
    const found: Difference[] = [];
    let old = 0;
    let now = 0;
    for (const kind of steps) {
      if (kind === 'keep') {
        old++;
        now++;
        continue;
      }
      // Everything before `now` is as in the new document already, so that is the index in the patched one.
      const place = this.plan.place(parent, old, now);
      const difference =
        kind === 'remove'
          ? this.plan.change('removed', place, before[old++] ?? null, null)
          : kind === 'add'
            ? this.plan.change('added', place, null, after[now++] ?? null)
            : this.difference(before[old++] ?? null, after[now++] ?? null, place);
      if (difference) found.push(difference);
    }
    return found;
  }
}
