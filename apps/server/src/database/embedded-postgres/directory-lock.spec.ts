import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock';
import { runningProcess } from './running-process';

describe('the lock of a data directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'directory-lock-'));
  const path = join(directory, 'owner.lock');

  afterEach(() => rmSync(path, { force: true }));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is held once, and can be had again after its release', async () => {
    const first = await lockDirectory(path);
    await expect(lockDirectory(path)).rejects.toMatchObject({ failure: 'in-use' });
    await first.release();
    await (await lockDirectory(path)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('goes to one of many that ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(path)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync('true');
    writeFileSync(path, JSON.stringify({ processId: pid, birth: 'then' }));
    await (await lockDirectory(path)).release();
  });

  it('is taken over when another process has the number now, as the first process of a container always does', async () => {
    writeFileSync(path, JSON.stringify({ processId: process.pid, birth: 'before the container was started again' }));
    await lockDirectory(path);
    expect(readFileSync(path, 'utf8')).toContain(runningProcess(process.pid)?.birth);
  });

  it('is taken over when a power cut tore it', async () => {
    writeFileSync(path, '');
    await (await lockDirectory(path)).release();
  });

  it('is respected while its holder lives', async () => {
    const parent = runningProcess(process.ppid);
    writeFileSync(path, JSON.stringify({ processId: process.ppid, birth: parent?.birth }));
    await expect(lockDirectory(path)).rejects.toThrow(`in use by process ${process.ppid}`);
  });
});
