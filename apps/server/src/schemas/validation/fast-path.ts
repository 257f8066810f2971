import { LRUCache } from 'lru-cache';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import type { Validate } from './ajv-engine';
import { compileWithAjv } from './ajv-engine';
import { linkSchema, MissingSchemas } from './schema-compiler';
import type { SchemaBundle, Verdict } from './validation.types';

/** Compiling this much once for each version of a schema holds the thread for some tens of milliseconds. */
const maxSchemaCharacters = 8 * 1024;
const maxContentCharacters = 64 * 1024;
/** Schemas times values: what is looked at in the worst case, some tens of milliseconds. */
const maxWork = 500_000;

interface Harmless {
  readonly validate: Validate;
  readonly cost: number;
}

/**
 * Validates on the calling thread what provably ends soon: the schema has no pattern, no costly format and no cycle,
 * so its cost for one value is finite (`SchemaAnalysis.cost`), and the content is small enough for that cost.
 */
export class FastPath {
  /** `false`: not for this thread. */
  private readonly known = new LRUCache<string, Harmless | false>({ max: 2000 });

  /** The verdict, or undefined when a thread has to give it. */
  validate(key: string | null, bundle: SchemaBundle, content: JsonValue, maxErrors: number): Verdict | undefined {
    if (key === null) return undefined;
    let schema = this.known.get(key);
    if (schema === undefined) {
      schema = judge(bundle);
      this.known.set(key, schema);
    }
    if (!schema || !isWithin(content, maxWork / schema.cost)) return undefined;
    return schema.validate(content, maxErrors);
  }
}

function judge({ root, references }: SchemaBundle): Harmless | false {
  const characters = references.reduce((sum, { text }) => sum + text.length, root.text.length);
  if (characters > maxSchemaCharacters) return false;
  try {
    const linked = linkSchema({ text: root.text, sources: references, isTrusted: true });
    return linked.cost < maxWork && { validate: compileWithAjv(linked.resources), cost: linked.cost };
  } catch (error) {
    // The thread finds the same and says it; a fault of the compiler must not depend on the way taken either.
    if (error instanceof Rejected || error instanceof MissingSchemas || error instanceof Error) return false;
    throw error;
  }
}

function isWithin(content: JsonValue, maxValues: number): boolean {
  let values = 0;
  let characters = 0;
  const open: JsonValue[] = [content];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (++values > maxValues || characters > maxContentCharacters) return false;
    if (typeof value === 'string') characters += value.length;
    if (typeof value !== 'object' || value === null) continue;
    const names = Array.isArray(value) ? [] : Object.keys(value);
    const items = Array.isArray(value) ? (value as readonly JsonValue[]) : (Object.values(value) as JsonValue[]);
    if (items.length > maxValues) return false;
    for (const name of names) characters += name.length;
    for (const item of items) open.push(item);
  }
  return characters <= maxContentCharacters;
}
