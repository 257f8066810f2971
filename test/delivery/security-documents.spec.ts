import { existsSync, readFileSync } from 'node:fs';

const documents = ['docs/security/threat-model.md'];

/** Paths in code spans; a directory ends with a slash. */
const named = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:apps|libs|test|docs|helm|openapi)\/[^`\s]+)`/g)].map(([, path = '']) => path);

it.each(documents)('%s names files and tests that exist', (document) => {
  const paths = named(readFileSync(document, 'utf8'));
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});
