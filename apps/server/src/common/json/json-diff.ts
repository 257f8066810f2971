import { appendToken } from './json-pointer';
import type { JsonObject, JsonValue } from './json-value';
import { isJsonArray, isJsonObject, member } from './json-value';
import { alignItems } from './item-alignment';
import { StructuralIds } from './structural-ids';

/** RFC 6902; only these three are ever needed. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

export interface Change {
  /** In the new document; of what was removed, in the old one. */
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

export interface JsonDiff {
  readonly patch: readonly PatchOperation[];
  readonly changes: readonly Change[];
}

/**
 * The patch that turns one document into another, and the same as a list for people. The order of members makes no
 * difference (RFC 6902 section 4.6). Time and memory are linear in the documents but for aligning the items of arrays,
 * whose total work is bounded: beyond it items are compared place by place.
 */
export function diffJson(from: JsonValue, to: JsonValue): JsonDiff {
  const diff = new DiffWriter();
  diff.compare(from, to, { old: '', now: '', patch: '' });
  return { patch: diff.patch, changes: diff.changes };
}

/** Where the two values are: in each document, and in the old one as patched so far. */
interface Pointers {
  readonly old: string;
  readonly now: string;
  readonly patch: string;
}

class DiffWriter {
  readonly patch: PatchOperation[] = [];
  readonly changes: Change[] = [];
  private readonly ids = new StructuralIds();
  private alignmentBudget = 2_000_000;

  compare(before: JsonValue, after: JsonValue, at: Pointers): void {
    if (this.ids.of(before) === this.ids.of(after)) return;
    if (isJsonObject(before) && isJsonObject(after)) this.compareMembers(before, after, at);
    else if (isJsonArray(before) && isJsonArray(after)) this.compareItems(before, after, at);
    else {
      this.patch.push({ op: 'replace', path: at.patch, value: after });
      this.changes.push({ pointer: at.now, kind: 'changed', before, after });
    }
  }

  private compareMembers(before: JsonObject, after: JsonObject, at: Pointers): void {
    for (const name of Object.keys(before)) {
      const old = member(before, name) ?? null;
      const now = member(after, name);
      if (now === undefined) this.remove(old, step(at, name, name, name));
      else this.compare(old, now, step(at, name, name, name));
    }
    for (const name of Object.keys(after)) {
      if (!Object.hasOwn(before, name)) this.add(member(after, name) ?? null, step(at, name, name, name));
    }
  }

  private compareItems(before: readonly JsonValue[], after: readonly JsonValue[], at: Pointers): void {
    const { steps, work } = alignItems(
      before.map((item) => this.ids.of(item)),
      after.map((item) => this.ids.of(item)),
      this.alignmentBudget,
    );
    this.alignmentBudget -= work;
    let old = 0;
    let now = 0;
    for (const kind of steps) {
      // Everything before `now` is as in the new document already, so that is the index in the patched one.
      const pointers = step(at, old, now, now);
      if (kind === 'remove') this.remove(before[old++] ?? null, pointers);
      else if (kind === 'add') this.add(after[now++] ?? null, pointers);
      else this.compare(before[old++] ?? null, after[now++] ?? null, pointers);
    }
  }

  private add(after: JsonValue, at: Pointers): void {
    this.patch.push({ op: 'add', path: at.patch, value: after });
    this.changes.push({ pointer: at.now, kind: 'added', after });
  }

  private remove(before: JsonValue, at: Pointers): void {
    this.patch.push({ op: 'remove', path: at.patch });
    this.changes.push({ pointer: at.old, kind: 'removed', before });
  }
}

function step(at: Pointers, old: string | number, now: string | number, patch: string | number): Pointers {
  return { old: appendToken(at.old, old), now: appendToken(at.now, now), patch: appendToken(at.patch, patch) };
}
