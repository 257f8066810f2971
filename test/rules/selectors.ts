export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

const family = /((?:config_guardian|nodejs|process|service:config_guardian)_[\w:]+)(?:\{([^}]*)\})?/g;
const matcher = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;

/** Each selector of nodes' series in a PromQL expression, as it stands there. */
export const selectorTexts = (expression: string): readonly string[] =>
  [...expression.matchAll(family)].map(([text]) => text);

/** The series of nodes that a PromQL expression asks for: every metric of theirs has one of few prefixes. */
export function selectorsOf(expression: string): readonly Selector[] {
  return [...expression.matchAll(family)].map(([, metric = '', inBraces = '']) => ({
    metric,
    matchers: [...inBraces.matchAll(matcher)].map(([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value,
    })),
  }));
}

/** What one text of `/metrics` has: each name a query may use, and the labels seen on it. */
export function exported(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\w+)$/gm))
    for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      found.set(name + suffix, new Set());
  for (const [, name = '', inBraces = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm))
    for (const [, label = ''] of inBraces.matchAll(/(\w+)="/g)) found.get(name)?.add(label);
  return found;
}
