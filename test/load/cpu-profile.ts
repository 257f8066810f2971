import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the inspector writes (Chrome DevTools Protocol, `Profiler.Profile`). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function as it was called from where it stands in the tree; microseconds. */
export interface Frame {
  readonly name: string;
  self: number;
  total: number;
  readonly children: Map<string, Frame>;
}

export interface SelfTime {
  readonly name: string;
  readonly self: number;
}

/** The process waited: no work of anybody. */
const idle = new Set(['(idle)', '(program)', '(root)']);

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const path = url.startsWith('file://') ? relative(process.cwd(), fileURLToPath(url)) : url;
  const place = path === '' ? '' : ` ${path.replace(/^.*node_modules\//, '').replace(/^dist\//, '')}:${lineNumber + 1}`;
  return `${functionName === '' ? '(anonymous)' : functionName}${place}`;
}

const frame = (name: string): Frame => ({ name, self: 0, total: 0, children: new Map() });

function timesOf({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  // A delta is the time since the sample before: what was seen then ran in it.
  for (const [place, id] of samples.entries())
    times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[place + 1] ?? 0));
  return times;
}

/** The calls as one tree, in which calls of the same function from the same place are one. Without the time of waiting. */
export function callTree(profile: CpuProfile): Frame {
  const times = timesOf(profile);
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const add = (id: number, into: Frame): number => {
    const node = byId.get(id)!;
    const name = nameOf(node.callFrame);
    if (idle.has(name)) return 0;
    const at = into.children.get(name) ?? frame(name);
    into.children.set(name, at);
    const self = times.get(id) ?? 0;
    const below = (node.children ?? []).reduce((sum, child) => sum + add(child, at), 0);
    at.self += self;
    at.total += self + below;
    return self + below;
  };
  const root = frame('all');
  root.total = (profile.nodes[0]?.children ?? []).reduce((sum, child) => sum + add(child, root), 0);
  return root;
}

/** How long each function was at work itself, the longest first. */
export function selfTimes(root: Frame): readonly SelfTime[] {
  const sums = new Map<string, number>();
  const walk = ({ name, self, children }: Frame): void => {
    sums.set(name, (sums.get(name) ?? 0) + self);
    for (const child of children.values()) walk(child);
  };
  walk(root);
  return [...sums].map(([name, self]) => ({ name, self })).sort((a, b) => b.self - a.self);
}
