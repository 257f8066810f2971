import type { JsonValue } from './json-value';
import { isJsonArray, isJsonObject, member } from './json-value';

/** Gives equal values, whatever the order of their members, the same number. Each container is looked at once. */
export class StructuralIds {
  private readonly byShape = new Map<string, number>();
  private readonly byContainer = new WeakMap<object, number>();

  of(value: JsonValue): number {
    if (typeof value !== 'object' || value === null) return this.intern(JSON.stringify(value));
    const known = this.byContainer.get(value);
    if (known !== undefined) return known;
    const id = this.intern(this.shapeOf(value));
    this.byContainer.set(value, id);
    return id;
  }

  private shapeOf(value: JsonValue): string {
    if (isJsonArray(value)) return `[${value.map((item) => this.of(item)).join(',')}]`;
    if (!isJsonObject(value)) return '';
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${this.of(member(value, name) ?? null)}`).join(',')}}`;
  }

  private intern(shape: string): number {
    const known = this.byShape.get(shape);
    if (known !== undefined) return known;
    this.byShape.set(shape, this.byShape.size);
    return this.byShape.size - 1;
  }
}
