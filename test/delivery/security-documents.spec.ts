import { existsSync, readFileSync } from 'node:fs';

const documents = ['docs/security/threat-model.md', 'docs/security/asvs.md'];

/** Paths in code spans; a directory ends with a slash. */
const named = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:apps|libs|test|docs|helm|openapi)\/[^`\s]+)`/g)].map(([, path = '']) => path);

it.each(documents)('%s names files and tests that exist', (document) => {
  const paths = named(readFileSync(document, 'utf8'));
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

/** The requirements of levels 1 and 2 in OWASP ASVS 4.0.3: how many a section has, or which, where some are deleted or of level 3 alone. */
const level2: Readonly<Record<string, number | readonly number[]>> = {
  ...{ '1.1': 7, '1.2': 4, '1.4': [1, 4, 5], '1.5': 4, '1.6': 4, '1.7': 2, '1.8': 2, '1.9': 2, '1.10': 1, '1.11': 2 },
  ...{ '1.12': [2], '1.14': 6, '2.1': 12, '2.2': 3, '2.3': 3, '2.4': 5, '2.5': 7, '2.6': 3, '2.7': 6, '2.8': 7 },
  ...{ '2.9': 3, '2.10': 4, '3.1': 1, '3.2': 4, '3.3': 4, '3.4': 5, '3.5': 3, '3.7': 1, '4.1': [1, 2, 3, 5], '4.2': 2 },
  ...{ '4.3': 3, '5.1': 5, '5.2': 8, '5.3': 10, '5.4': 3, '5.5': 4, '6.1': 3, '6.2': 6, '6.3': 2, '6.4': 2, '7.1': 4 },
  ...{ '7.2': 2, '7.3': [1, 3, 4], '7.4': 3, '8.1': 4, '8.2': 3, '8.3': 8, '9.1': 3, '9.2': 4, '10.2': 2, '10.3': 3 },
  ...{ '11.1': 8, '12.1': 3, '12.2': 1, '12.3': 6, '12.4': 2, '12.5': 2, '12.6': 1, '13.1': [1, 3, 4, 5] },
  ...{ '13.2': [1, 2, 3, 5, 6], '13.3': 2, '13.4': 2, '14.1': 4, '14.2': 6, '14.3': [2, 3], '14.4': 7, '14.5': 4 },
};

it('docs/security/asvs.md leaves no requirement out, and names none twice', () => {
  const asked = Object.entries(level2).flatMap(([section, which]) =>
    (typeof which === 'number' ? Array.from({ length: which }, (_, n) => n + 1) : which).map((n) => `${section}.${n}`),
  );
  const [, ...tables] = readFileSync('docs/security/asvs.md', 'utf8').split('\n## ');
  const answered = [...tables.join('\n').matchAll(/^\| (\d[^|]*?) *\|/gm)].flatMap(([, cell = '']) =>
    cell.split(', ').flatMap((name) => numbersOf(name, asked)),
  );
  expect(answered.sort()).toEqual(asked.sort());
});

/** `1.2.3`, all of `1.2`, or `1.2.3 to 1.2.5`. */
function numbersOf(name: string, asked: readonly string[]): readonly string[] {
  const [first = '', last = first] = name.split(' to ');
  if (first.split('.').length === 2) return asked.filter((number) => number.startsWith(`${first}.`));
  const section = first.slice(0, first.lastIndexOf('.'));
  const of = (number: string): number => Number(number.split('.')[2]);
  return Array.from({ length: of(last) - of(first) + 1 }, (_, n) => `${section}.${of(first) + n}`);
}
