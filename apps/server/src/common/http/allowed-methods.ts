import type { Request } from 'express';

interface RouterLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * The methods that a path answers to, for 405 with Allow; empty for an unknown path. Asks Express' own router, so that
 * nothing about routes is said twice. HEAD goes where GET goes.
 */
export function allowedMethods(request: Request): readonly string[] {
  const { stack } = (request.app as unknown as { readonly router: { readonly stack: readonly RouterLayer[] } }).router;
  const methods = new Set<string>();
  for (const layer of stack) {
    if (layer.route && layer.match(request.path)) for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  methods.delete('_ALL');
  return [...methods].sort();
}
