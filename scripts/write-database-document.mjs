// Writes docs/database.md from the entities of the build.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
require('reflect-metadata');
const { databaseDocument } = require('../dist/apps/server/src/database/database-document.js');

writeFileSync(`${root}docs/database.md`, await databaseDocument([`${root}dist/apps/server/src/**/*.entity.js`]));
