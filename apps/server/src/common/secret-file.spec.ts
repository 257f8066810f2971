import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretFile } from './secret-file';
import { WrongSetting } from './setting';

describe('a file with a secret', () => {
  const directory = mkdtempSync(join(tmpdir(), 'secret-file-'));
  const path = join(directory, 'secret');
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeEach(() => rmSync(path, { force: true }));

  const modeOf = (): number => statSync(path).mode & 0o777;

  it('is made once, for this user only', () => {
    expect(secretFile(path, 4, () => 'first')).toBe('first');
    expect(secretFile(path, 4, () => 'second')).toBe('first');
    expect(modeOf()).toBe(0o600);
  });

  it.each(['', '\n', '   \n\n', 'x'.repeat(31)])(
    'that was emptied or cut off is refused by name, and left alone: %j',
    (text) => {
      writeFileSync(path, text, { mode: 0o600 });
      const take = () => secretFile(path, 32, () => 'n'.repeat(32));
      expect(take).toThrow(WrongSetting);
      expect(take).toThrow(path);
      expect(take).toThrow('at least 32 characters');
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it.each([0o644, 0o640, 0o604])('of mode %o is made private', (mode) => {
    writeFileSync(path, 'kept');
    chmodSync(path, mode);
    expect(secretFile(path, 4, () => 'new')).toBe('kept');
    expect(modeOf()).toBe(0o600);
  });
});
