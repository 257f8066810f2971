import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './compose';
import { dashboards, dashboardsDirectory } from './dashboards';

it('are what the code draws (npm run dashboards renews them)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-guardian-dashboards-'));
  try {
    execFileSync(process.execPath, [join(root, 'scripts', 'write-dashboards.mjs'), folder]);
    const texts = (from: string) =>
      Object.fromEntries(readdirSync(from).map((name) => [name, readFileSync(join(from, name), 'utf8')]));
    expect(texts(dashboardsDirectory)).toEqual(texts(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each(dashboards)('$file has panels that have an id each and cover no other', ({ dashboard: { panels } }) => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});
