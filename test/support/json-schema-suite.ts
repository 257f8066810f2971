import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian's package installs the official suite; it is not part of this repository. */
const debianFolder = '/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance';

/** The folder of the suite: its `tests` and `remotes`. */
export const suiteFolder = process.env['JSON_SCHEMA_TEST_SUITE'] ?? debianFolder;

export const isSuiteInstalled = existsSync(join(suiteFolder, 'tests'));

export const howToInstallSuite =
  `The official JSON Schema test suite is not in ${suiteFolder}. ` +
  'Install it (apt-get install --no-install-recommends libtest-json-schema-acceptance-perl) ' +
  'or name the folder of a checkout of JSON-Schema-Test-Suite in JSON_SCHEMA_TEST_SUITE.';

/** The texts of all JSON files under a folder of the suite, by their path in it. */
export function suiteFiles(folder: string): ReadonlyMap<string, string> {
  const root = join(suiteFolder, folder);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
