import { boundedErrors } from '../../common/input-errors';
import type { RejectionDetail } from '../../common/rejected';
import { reject } from '../../common/rejected';
import type { JsonValue } from '../../common/json/json-value';
import type { Validate } from './ajv-engine';
import type { LinkedResource } from './linked-schema';
import { LinkedSchemaWriter } from './linked-schema';
import type { SchemaAnalysis } from './schema-analysis';
import { analyse, findEndlessSchema } from './schema-analysis';
import { SchemaLinker, schemaUriOf } from './schema-linker';
import type { Draft, SchemaSource, ValidationError } from './validation.types';

export interface LinkedSchema extends SchemaAnalysis {
  readonly draft: Draft;
  readonly schemaUri: string | null;
  /** The root first. */
  readonly resources: readonly LinkedResource[];
  readonly direct: readonly string[];
  readonly reached: readonly SchemaSource[];
}

export interface LinkRequest {
  readonly text: string;
  readonly sources: readonly SchemaSource[];
  /** The schema was inspected before. */
  readonly isTrusted: boolean;
}

/** References that lead to none of the given sources; they may be stored all the same. */
export class MissingSchemas extends Error {
  constructor(
    readonly uris: readonly string[],
    readonly errors: readonly ValidationError[],
  ) {
    super(`no schema for ${uris.join(', ')}`);
  }
}

/** Throws `MissingSchemas`, or `Rejected` with `schema-invalid` and pointers into the schema. */
export function linkSchema({ text, sources, isTrusted }: LinkRequest): LinkedSchema {
  const linker = new SchemaLinker(new Map(sources.map((source) => [source.uri, source])), isTrusted);
  const document = linker.link(JSON.parse(text) as JsonValue);
  if (linker.missing.size > 0) throw new MissingSchemas([...linker.missing], linker.errors);
  if (linker.errors.length > 0) refuseSchema(linker.errors);
  const root = document.nodes.get('');
  if (!root) throw new Error('the schema has no root');
  const nodes = linker.documents.flatMap((each) => [...each.nodes.values()]);
  const endless = findEndlessSchema(nodes);
  if (endless) {
    const message = 'applies itself to the same value again without end';
    refuseSchema([
      { pointer: endless.resource.document === document ? endless.pointer : '', keyword: '$ref', message },
    ]);
  }
  return {
    ...analyse(root, linker.resources, nodes),
    draft: root.resource.dialect.draft,
    schemaUri: schemaUriOf(document),
    resources: new LinkedSchemaWriter(linker.resources).write(),
    direct: [...linker.direct].sort(),
    reached: [...linker.reached.values()],
  };
}

/** What an engine cannot compile after all is the schema's fault, and told so. */
export async function compileOrRefuse(compile: () => Validate | Promise<Validate>): Promise<Validate> {
  try {
    return await compile();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuseSchema([{ pointer: '', keyword: '$schema', message: `cannot be compiled: ${reason}` }]);
  }
}

export function refuseSchema(errors: readonly ValidationError[]): never {
  reject('schema-invalid', refusalOf(errors));
}

export function refusalOf(errors: readonly ValidationError[]): RejectionDetail {
  const told = boundedErrors(errors);
  const [first] = told;
  return { detail: first ? `${first.pointer || 'The schema'}: ${first.message}` : undefined, errors: told };
}
