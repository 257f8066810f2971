import type { Request } from 'express';

interface RouterLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** What a controller may declare. Layers that take every method of HTTP are middleware. */
const declarable = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * The methods that a path answers to, for 405 with Allow; empty for an unknown path. Asks Express' own router, so that
 * nothing about routes is said twice. HEAD goes where GET goes.
 */
export function allowedMethods(request: Request): readonly string[] {
  const { stack } = (request.app as unknown as { readonly router: { readonly stack: readonly RouterLayer[] } }).router;
  const methods = new Set<string>();
  for (const layer of stack) {
    const declared = layer.route?.methods ?? {};
    if ('options' in declared || !layer.match(request.path)) continue;
    for (const method of declarable) if (declared[method.toLowerCase()]) methods.add(method);
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
