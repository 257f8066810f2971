/**
 * Loads the TypeScript of the libraries and of the simulator as it is, through swc: what runs is what is in the tree.
 * A planted bug replaces a text in one source file while it is loaded; the text must stand there exactly once.
 */
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join, relative } = require('node:path');
const { workerData } = require('node:worker_threads');
const { transformSync } = require('@swc/core');

const root = join(__dirname, '..', '..');
const { exclude: _, $schema: __, ...options } = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
options.jsc.baseUrl = root;
const mutant = workerData?.mutant;

process.setSourceMapsEnabled(true);
Module._extensions['.ts'] = (module, filename) => {
  const source = planted(relative(root, filename), readFileSync(filename, 'utf8'));
  const { code } = transformSync(source, { ...options, filename, swcrc: false, sourceMaps: 'inline' });
  module._compile(code, filename);
};

function planted(file, source) {
  if (mutant?.file !== file) return source;
  const parts = source.split(mutant.find);
  if (parts.length !== 2) throw new Error(`mutant "${mutant.name}": ${parts.length - 1} places in ${file}, not 1`);
  mutant.planted = true;
  return parts.join(mutant.replace);
}
