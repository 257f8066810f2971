import { Session } from 'node:inspector/promises';
import type { CpuProfile, Frame } from './cpu-profile';
import { callTree, selfTimes } from './cpu-profile';
import { flameGraph } from './flame-graph';

const busyMs = 150;
let sink = 0;

function hard(untilMs: number): void {
  while (performance.now() < untilMs) sink += Math.sqrt(sink + 1);
}

function caller(): void {
  hard(performance.now() + busyMs);
}

/** A real one, of the two above. */
async function profileOf(run: () => void): Promise<CpuProfile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  run();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile as CpuProfile;
}

function find(frame: Frame, name: string): Frame | undefined {
  if (frame.name.startsWith(`${name} `)) return frame;
  for (const child of frame.children.values()) {
    const found = find(child, name);
    if (found) return found;
  }
  return undefined;
}

describe('what is made of a profile', () => {
  let root: Frame;
  beforeAll(async () => (root = callTree(await profileOf(caller))));

  it('is the time of each function, and with what it calls', () => {
    const [outer, inner] = [find(root, 'caller'), find(root, 'hard')];
    expect(inner).toBeDefined();
    expect(find(outer!, 'hard')).toBe(inner);
    expect(inner!.self).toBeGreaterThan(0.5 * busyMs * 1_000);
    expect(outer!.self).toBeLessThan(inner!.self);
    expect(outer!.total).toBeGreaterThanOrEqual(outer!.self + inner!.total);
    expect(root.total).toBeGreaterThanOrEqual(outer!.total);
  });

  it('names the function that took most first, with its file and line', () => {
    const [first] = selfTimes(root);
    expect(first?.name).toMatch(/^hard .*cpu-profile\.spec\.ts:\d+$/);
    expect(selfTimes(root).reduce((sum, { self }) => sum + self, 0)).toBe(root.total);
  });

  it('is drawn on one page that needs nothing else', () => {
    const page = flameGraph('a <title>', root, selfTimes(root));
    expect(page).toContain('a &#60;title&#62;');
    expect(page).not.toMatch(/(?:src|href)=/);
    const tree = /<script type="application\/json" id="tree">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(tree)).toMatchObject({ n: 'all', t: root.total });
    expect(tree).toContain('hard ');
  });
});
