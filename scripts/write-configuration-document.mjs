// Writes docs/configuration.md from the table of variables in the build.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { configurationDocument } = createRequire(import.meta.url)(
  '../dist/apps/server/src/common/configuration-document.js',
);

writeFileSync(`${root}docs/configuration.md`, configurationDocument());
