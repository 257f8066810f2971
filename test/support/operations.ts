import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Method } from './world';

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly operationId: string;
  readonly method: Method;
  /** With the places of parameters in braces. */
  readonly path: string;
  /** The status of success. */
  readonly success: number;
  /** Names of its parameters in the query. */
  readonly query: readonly string[];
  /** Names of the members that its body may have. */
  readonly members: readonly string[];
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly responses: object;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
  };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

const file = join(__dirname, '..', '..', 'openapi', 'openapi.yaml');

/** All operations that the OpenAPI document has: whoever goes through them misses none. */
export function allOperations(): readonly Operation[] {
  const { paths, components } = parse(readFileSync(file, 'utf8')) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      operationId: operation.operationId,
      method: method as Method,
      path,
      success: Math.min(...Object.keys(operation.responses).map(Number)),
      query: (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      members: membersOf(operation, components),
    })),
  );
}

function membersOf({ requestBody }: DocumentedOperation, { schemas }: Document['components']): readonly string[] {
  const name = requestBody?.content['application/json']?.schema.$ref?.replace(/^.*\//, '') ?? '';
  return Object.keys(schemas[name]?.properties ?? {});
}

export const filled = (path: string, parameters: Readonly<Record<string, string | number>>): string =>
  path.replace(/\{([^}]+)\}/g, (_place, name: string) => encodeURIComponent(parameters[name] ?? `no-${name}`));
