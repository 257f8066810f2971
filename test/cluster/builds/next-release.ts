import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The build of this checkout as its next release could be: cluster version 2 brings a new version of `config.update`,
 * whose audit record says more. It is the real build, of which three modules are replaced before it starts.
 */
const main = (built: string): string => `
const from = (path) => require.resolve(${JSON.stringify(built)} + '/' + path);
const replace = (path, change) => {
  const loaded = require(from(path));
  require.cache[from(path)].exports = { ...loaded, ...change(loaded) };
};
require(${JSON.stringify(require.resolve('reflect-metadata'))});
replace('common/release.js', () => ({ release: '9.0.0', newestClusterVersion: 2 }));
const { updateConfig: first } = require(from('configs/commands/update-config.command.js'));
const second = {
  ...first,
  version: 2,
  since: 2,
  before: { command: first, payload: ({ note, ...payload }) => payload },
  audit: (payload, result) => ({ ...first.audit(payload, result), summary: 'update config ' + payload.key + ' as of cluster version 2' }),
};
replace('configs/commands/update-config.command.js', () => ({ updateConfig: second }));
replace('configs/configs.feature.js', ({ configsFeature }) => ({
  configsFeature: { ...configsFeature, commands: [...configsFeature.commands, first] },
}));
require(from('main.js'));
`;

/** Writes the main.js of the next release into the directory; resolves what it needs from this checkout's build. */
export function writeNextRelease(directory: string): string {
  const entry = join(directory, 'next-release.js');
  writeFileSync(entry, main(join(process.cwd(), 'dist', 'apps', 'server', 'src')));
  return entry;
}
