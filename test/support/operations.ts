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
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string; responses: object }>>>>;
}

const file = join(__dirname, '..', '..', 'openapi', 'openapi.yaml');

/** All operations that the OpenAPI document has: whoever goes through them misses none. */
export function allOperations(): readonly Operation[] {
  const { paths } = parse(readFileSync(file, 'utf8')) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, responses }]) => ({
      operationId,
      method: method as Method,
      path,
      success: Math.min(...Object.keys(responses).map(Number)),
    })),
  );
}

export const filled = (path: string, parameters: Readonly<Record<string, string | number>>): string =>
  path.replace(/\{([^}]+)\}/g, (_place, name: string) => encodeURIComponent(parameters[name] ?? `no-${name}`));
