import { execFileSync } from 'node:child_process';
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

/** Types let these through: they are part of the language. ESLint is a module, so it runs in a process of its own. */
const linter = `
  import { ESLint } from 'eslint';
  const eslint = new ESLint();
  const sources = JSON.parse(process.argv[1]);
  const rules = [];
  for (const source of sources) {
    const [{ messages }] = await eslint.lintText(source, { filePath: 'libs/raft/src/errors.ts' });
    rules.push(messages.map(({ ruleId, message }) => ruleId ?? message));
  }
  console.log(JSON.stringify(rules));
`;

/** The rules that each of these texts would break, were it a file of the library. */
function rulesBrokenBy(sources: readonly string[]): readonly string[][] {
  const call = ['--input-type=module', '--eval', linter, JSON.stringify(sources)];
  return JSON.parse(execFileSync(process.execPath, call, { cwd: resolve(library, '..', '..'), encoding: 'utf8' }));
}

describe('what the language itself offers is held back by lint', () => {
  const violations: readonly (readonly [string, string, string])[] = [
    ['the date', 'export const now = () => Date.now();\n', 'no-restricted-globals'],
    ['the date under another name', 'const Clock = Date;\nexport const now = new Clock(0);\n', 'no-restricted-globals'],
    ['promises', 'export const later = Promise.resolve(1);\n', 'no-restricted-globals'],
    ['chance', 'export const dice = () => Math.random();\n', 'no-restricted-properties'],
    ['chance taken out of Math', 'export const { random } = Math;\n', 'no-restricted-properties'],
    ['async', 'export async function wait(): Promise<void> {}\n', 'no-restricted-syntax'],
    ['async arrows', 'export const wait = async () => 1;\n', 'no-restricted-syntax'],
    ['await', 'export const one = await (1 as unknown);\n', 'no-restricted-syntax'],
  ];
  const innocent = 'export const half = (size: number) => Math.floor(size / 2);\n';
  let broken: readonly string[][];

  beforeAll(() => {
    broken = rulesBrokenBy([innocent, ...violations.map(([, source]) => source)]);
  }, 60_000);

  it('has nothing against a file that only computes', () => {
    expect(broken[0]).toEqual([]);
  });

  it.each(violations.map(([what, , rule], at) => [what, rule, at + 1] as const))('bans %s (%s)', (_, rule, at) => {
    expect(broken[at]).toContain(rule);
  });
});
