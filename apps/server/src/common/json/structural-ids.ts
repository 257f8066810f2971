import type { JsonValue } from './json-value';
import { isJsonArray, isJsonObject, member } from './json-value';

interface Known {
  readonly id: number;
  /** Of the JSON text. */
  readonly bytes: number;
}

/** Gives equal values, whatever the order of their members, the same number. Each container is looked at once. */
export class StructuralIds {
  private readonly byShape = new Map<string, Known>();
  private readonly byContainer = new Map<object, Known>();

  of(value: JsonValue): number {
    return this.look(value).id;
  }

  bytesOf(value: JsonValue): number {
    return this.look(value).bytes;
  }

  private look(value: JsonValue): Known {
    if (typeof value !== 'object' || value === null) {
      const text = JSON.stringify(value);
      return this.byShape.get(text) ?? this.intern(text, Buffer.byteLength(text));
    }
    const known = this.byContainer.get(value);
    if (known) return known;
    const found = isJsonArray(value) ? this.lookAtItems(value) : this.lookAtMembers(value);
    this.byContainer.set(value, found);
    return found;
  }

  private lookAtItems(items: readonly JsonValue[]): Known {
    let bytes = 1 + Math.max(1, items.length);
    const ids = items.map((item) => {
      const { id, bytes: own } = this.look(item);
      bytes += own;
      return id;
    });
    return this.intern(`[${ids.join(',')}]`, bytes);
  }

  private lookAtMembers(value: JsonValue): Known {
    if (!isJsonObject(value)) return this.intern('', 0);
    const names = Object.keys(value).sort();
    let bytes = 1 + Math.max(1, 2 * names.length);
    const members = names.map((name) => {
      const quoted = JSON.stringify(name);
      const { id, bytes: own } = this.look(member(value, name) ?? null);
      bytes += Buffer.byteLength(quoted) + own;
      return `${quoted}:${id}`;
    });
    return this.intern(`{${members.join(',')}}`, bytes);
  }

  private intern(shape: string, bytes: number): Known {
    const known = this.byShape.get(shape);
    if (known) return known;
    const made = { id: this.byShape.size, bytes };
    this.byShape.set(shape, made);
    return made;
  }
}
