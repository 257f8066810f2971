import type { IncomingMessage, ServerResponse } from 'node:http';

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Clients may send any word as a method; there is one label for the others. */
export const methodLabel = ({ method }: Pick<IncomingMessage, 'method'>): string =>
  method !== undefined && methods.has(method) ? method : 'other';

/**
 * The pattern of the route, never the path: that may hold an API key, and it has no bound. Express puts the route onto
 * the request once one matches.
 */
export function routeLabel(request: object): string {
  const { route } = request as { readonly route?: { readonly path?: unknown } };
  return typeof route?.path === 'string' ? route.path : 'none';
}

/** 499, as nginx has it, when the client left before the answer was complete. */
export const statusLabel = ({
  statusCode,
  writableFinished,
}: Pick<ServerResponse, 'statusCode' | 'writableFinished'>): string => (writableFinished ? String(statusCode) : '499');
