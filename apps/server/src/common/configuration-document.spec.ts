import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationDocument } from './configuration-document';
import { settings } from './env';
import type { Setting } from './setting';

const root = join(__dirname, '../../../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const all: readonly Setting<unknown>[] = Object.values(settings);

describe('the configuration reference', () => {
  it('says what the code says: otherwise run npm run docs:configuration', () => {
    expect(configurationDocument()).toBe(textOf('docs/configuration.md'));
  });

  it('shows every variable in a section, once', () => {
    const shown = [...configurationDocument().matchAll(/^\| `([A-Z_\d]+)` /gm)].map(([, name]) => name);
    expect(shown.sort()).toEqual(all.map(({ name }) => name).sort());
  });
});

describe('.env.example', () => {
  const lines = [...textOf('.env.example').matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({
    name,
    value,
  }));

  it('has one line for every variable, and no other', () => {
    expect(lines.map(({ name }) => name).sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it.each(lines)('$name: shows the default, or a value that is accepted', ({ name, value }) => {
    const setting = all.find((one) => one.name === name);
    expect(setting?.parse(value)).toBeDefined();
    if (setting?.fallback != null) expect(value).toBe(setting.fallback);
  });
});
