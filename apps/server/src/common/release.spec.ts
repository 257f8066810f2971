import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { release } from './release';

it('is the release that package.json names', () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../../package.json'), 'utf8')) as {
    version: string;
  };
  expect(release).toBe(version);
});
