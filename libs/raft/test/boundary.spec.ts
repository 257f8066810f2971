import { join, resolve } from 'node:path';
import ts from 'typescript';

const library = resolve(__dirname, '..');
const planted = join(library, 'src', 'planted.ts');

/** Compiles one planted file of the library (never written to disk) with the library's own tsconfig. */
function errorsIn(source: string, others: ts.CompilerOptions = {}): readonly string[] {
  const read = ts.readConfigFile(join(library, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const options = { ...ts.parseJsonConfigFileContent(read.config, ts.sys, library).options, ...others };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === planted || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === planted ? ts.createSourceFile(path, source, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest);
  const program = ts.createProgram([planted], options, host);
  return ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, ' '));
}

describe('the library reaches nothing outside itself', () => {
  it('compiles a file that only computes', () => {
    expect(errorsIn("import { nodeOf } from './identity';\nexport const node: string = nodeOf('1#a');\n")).toEqual([]);
  });

  it.each([
    ['the file system', "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n"],
    ['timers', 'export const later = () => setTimeout(() => undefined, 1);\n'],
    ['the process', 'export const exit = () => process.exit(1);\n'],
    ['the console', "export const say = () => console.log('x');\n"],
    ['the network', "export const get = () => fetch('http://127.0.0.1');\n"],
    ['the clock of the browser', 'export const now = () => performance.now();\n'],
    ['Node buffers', "export const bytes = () => Buffer.from('x');\n"],
  ])('does not compile a file that reaches %s', (_, source) => {
    expect(errorsIn(source).join('\n')).toMatch(/Cannot find (name|module)/);
  });

  it('is held back by its tsconfig and by nothing else: with the types of Node the same file compiles', () => {
    const source =
      "import { readFileSync } from 'node:fs';\nexport const read = () => [readFileSync, process, console];\n";
    expect(errorsIn(source)).not.toEqual([]);
    expect(errorsIn(source, { types: ['node'] })).toEqual([]);
  });
});
