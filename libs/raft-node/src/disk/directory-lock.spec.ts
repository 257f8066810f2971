import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aTemporaryDirectory } from '../../test/a-log';
import { lockDirectory, startOf, watchLock } from './directory-lock';
import { DirectoryInUse } from './file-system';
import { RealFileSystem } from './real-file-system';

describe('the lock of a data directory', () => {
  let world: ReturnType<typeof aTemporaryDirectory>;

  beforeEach(() => {
    world = aTemporaryDirectory();
    mkdirSync(world.directory);
  });
  afterEach(() => world.remove());

  const path = (): string => join(world.directory, 'lock');
  const owner = (): Record<string, unknown> => JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>;

  /** As if the process in the lock were another one. */
  async function aLockOf(change: Record<string, unknown>, secondsAgo = 0): Promise<void> {
    const unlock = await lockDirectory(world.directory);
    const content = JSON.stringify({ ...owner(), ...change });
    unlock();
    writeFileSync(path(), content);
    const at = new Date(Date.now() - secondsAgo * 1000);
    utimesSync(path(), at, at);
  }

  it('goes to one opener, and to the next when it is given back', async () => {
    const unlock = await lockDirectory(world.directory);
    await expect(lockDirectory(world.directory)).rejects.toThrow(DirectoryInUse);
    await expect(lockDirectory(world.directory)).rejects.toThrow(`in use by process ${process.pid}`);
    unlock();
    (await lockDirectory(world.directory))();
    expect(readdirSync(world.directory)).toEqual([]);
  });

  it('goes to one of many that ask at the same moment', async () => {
    await aLockOf({ pid: 2 ** 22 + 1, token: 'dead' });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(world.directory)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(world.directory)).toEqual(['lock']);
  });

  it('is taken over without a hand from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    await aLockOf({ pid: child.pid, started: startOf(child.pid!), token: 'child' });
    await expect(lockDirectory(world.directory)).rejects.toThrow(`in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await lockDirectory(world.directory))();
  });

  it('is waited for while its owner is being killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    await aLockOf({ pid: child.pid, started: startOf(child.pid!), token: 'child' });
    const asked = lockDirectory(world.directory);
    setTimeout(() => child.kill('SIGKILL'), 100);
    (await asked)();
  });

  it('is taken over when another process got the number of the dead one', async () => {
    await aLockOf({ pid: process.ppid, started: '1', token: 'dead' });
    (await lockDirectory(world.directory))();
  });

  it('is taken over from another container or boot when nobody touches it any more', async () => {
    await aLockOf({ world: 'another boot', token: 'dead' }, 3600);
    (await lockDirectory(world.directory))();
  });

  it('is not taken over from another container that goes on touching it', async () => {
    await aLockOf({ world: 'another container', token: 'alive' });
    const beat = setInterval(() => utimesSync(path(), new Date(), new Date()), 100);
    await expect(lockDirectory(world.directory)).rejects.toThrow(DirectoryInUse);
    clearInterval(beat);
  });

  it('is lost by a process that stood still while another container took it, which is told and leaves it alone', async () => {
    const lost: string[] = [];
    const unlock = await lockDirectory(world.directory, (message) => lost.push(message));
    const taken = JSON.stringify({ ...owner(), pid: 7, world: 'another container', token: 'taker' });
    writeFileSync(path(), taken);
    utimesSync(path(), new Date(0), new Date(0));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(lost).toEqual([expect.stringContaining('was taken by process 7')]);
    unlock();
    expect(readFileSync(path(), 'utf8')).toBe(taken);
    expect(statSync(path()).mtimeMs).toBe(0);
  });

  describe('after a pause', () => {
    const pause = (ms: number): void => {
      const now = performance.now();
      jest.spyOn(performance, 'now').mockReturnValue(now + ms);
    };
    afterEach(() => jest.restoreAllMocks());

    it('is looked at before anything is done or written, not only at the next beat', async () => {
      const lost: string[] = [];
      const unlock = await lockDirectory(world.directory);
      const watch = watchLock(world.directory, (message) => lost.push(message))!;
      const file = new RealFileSystem(watch).create(join(world.directory, 'file'), 8);
      writeFileSync(path(), JSON.stringify({ ...owner(), token: 'taker' }));
      pause(3_000);
      for (let again = 0; again < 2; again += 1) {
        expect(() => file.writeAt(0, Buffer.from('lost'))).toThrow(DirectoryInUse);
        expect(() => watch.assertHeld()).toThrow(DirectoryInUse);
      }
      expect(readFileSync(join(world.directory, 'file'))).toEqual(Buffer.alloc(8));
      expect(lost).toHaveLength(1);
      file.close();
      unlock();
    });

    it('is lost, too, when the taker has come and gone', async () => {
      const lost: string[] = [];
      const unlock = await lockDirectory(world.directory, (message) => lost.push(message));
      unlinkSync(path());
      pause(6_000);
      expect(() => unlock.assertHeld()).toThrow(DirectoryInUse);
      expect(lost).toEqual([expect.stringContaining('is missing')]);
      unlock();
    });

    it('stays with its owner when nobody took it', async () => {
      const unlock = await lockDirectory(world.directory);
      pause(3_600_000);
      expect(() => unlock.assertHeld()).not.toThrow();
      unlock();
    });
  });

  it('is left to an owner on another host whose clock is behind, as long as patience there lasts', async () => {
    await aLockOf({ world: 'another-host pid:[1]', token: 'alive' }, 60);
    setTimeout(() => utimesSync(path(), new Date(Date.now() - 60_000), new Date(Date.now() - 55_000)), 7_000);
    await expect(lockDirectory(world.directory)).rejects.toThrow(DirectoryInUse);
  }, 15_000);

  it('is taken over when a crash of the machine left it empty', async () => {
    writeFileSync(path(), '');
    utimesSync(path(), new Date(0), new Date(0));
    (await lockDirectory(world.directory))();
  });
});
