import { closeSync, mkdtempSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerLog } from './server-log';

describe('the log of the server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'server-log-'));
  const megabyte = Buffer.alloc(1024 ** 2, '.');

  afterAll(() => rmSync(directory, { recursive: true }));

  it('stays bounded while one server writes to it for ever, and keeps the latest lines', async () => {
    const log = new ServerLog(join(directory, 'bounded.log'), (message) => {
      throw new Error(message);
    });
    const descriptor = log.open();
    for (let written = 1; written <= 40; written++) {
      writeSync(descriptor, megabyte);
      log.cutWhenLong();
    }
    const before = log.size();
    writeSync(descriptor, 'the last line\n');
    const kept = statSync(log.path).size + statSync(`${log.path}.1`).size;
    expect(kept).toBeLessThan(20 * megabyte.length);
    expect(await log.since(before)).toBe('the last line');
    closeSync(descriptor);
    log.close();
  });
});
