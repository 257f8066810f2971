import { join } from 'node:path';

/** Where a thread starts: the compiled file `<name>.js` in the directory or, run from source, a loader that compiles TypeScript. */
export function workerEntry(directory: string, name: string): { source: string; eval: boolean } {
  if (__filename.endsWith('.js')) return { source: join(directory, `${name}.js`), eval: false };
  return { source: typeScriptLoader(join(directory, `${name}.ts`)), eval: true };
}

/** Only tests and tools run from source; the loader is text because a thread starts from plain JavaScript. */
function typeScriptLoader(file: string): string {
  return `
    const load = require('node:module').createRequire(${JSON.stringify(file)});
    const swc = load('@swc/core');
    const options = {
      swcrc: false,
      sourceMaps: 'inline',
      module: { type: 'commonjs' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } },
    };
    load.extensions['.ts'] = (module, path) => module._compile(swc.transformFileSync(path, options).code, path);
    load(${JSON.stringify(file)});
  `;
}
