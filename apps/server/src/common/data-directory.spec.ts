import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDataDirectory } from './data-directory';
import { WrongSetting } from './setting';

describe('the data directory', () => {
  let parent: string;
  beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'data-directory-'))));
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is made with its parents, for this user alone, and left empty', () => {
    const path = join(parent, 'a', 'b');
    prepareDataDirectory(path);
    prepareDataDirectory(path);
    expect(readdirSync(path)).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  const refusals: readonly (readonly [string, (parent: string) => string, string])[] = [
    ['a file', (path) => path, 'ENOTDIR'],
    ['below a file', (path) => join(path, 'data'), 'ENOTDIR'],
    ['a link that leads nowhere', (path) => `${path}-link`, 'ENOENT'],
  ];
  it.each(refusals)('is refused when it is %s, with the reason', (_what, pathOf, code) => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    symlinkSync(join(parent, 'nowhere', 'at-all'), `${file}-link`);
    const path = pathOf(file);
    expect(() => prepareDataDirectory(path)).toThrow(WrongSetting);
    expect(() => prepareDataDirectory(path)).toThrow(
      new RegExp(`^DATA_DIR: got "${path}" \\(${code}: .*\\); it takes a directory`),
    );
  });

  it('is refused at once where nobody can make one, as in /proc', () => {
    if (!existsSync('/proc/self')) return console.warn('NOT CHECKED: DATA_DIR in /proc: this system has none');
    expect(() => prepareDataDirectory('/proc/nope/data')).toThrow(/^DATA_DIR: got "\/proc\/nope\/data" \(ENOENT/);
    expect(() => prepareDataDirectory('/proc')).toThrow(/^DATA_DIR: got "\/proc"/);
  });
});
