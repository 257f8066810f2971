import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A block of commands in a document and the block that shows what they print, if one follows. */
export interface DocumentedStep {
  readonly commands: string;
  readonly output: string;
  /** Where the shown output is in the document. */
  readonly start: number;
  readonly end: number;
}

/** The address in the documents; tests put the address of their own node there. */
export const documentedUrl = 'http://127.0.0.1:8080';

const step = /^```sh session\n(.*?)^```\n(?:(\n```(?:json|text)\n)(.*?)^```\n)?/gms;

/** The steps of a document: the blocks marked `sh session`, in order, in one shell. */
export function sessionOf(markdown: string): readonly DocumentedStep[] {
  return [...markdown.matchAll(step)].map((match) => {
    const [whole, commands = '', opening, output = ''] = match;
    const end = match.index + whole.length - (opening === undefined ? 0 : '```\n'.length);
    return { commands, output, start: end - output.length, end };
  });
}

/** Runs the commands letter by letter, in one bash, and gives what each step printed on either stream. */
export async function runSession(
  steps: readonly DocumentedStep[],
  { cwd, url }: { readonly cwd: string; readonly url: string },
): Promise<readonly string[]> {
  const separator = '\x1e';
  const script = ['exec 2>&1\n', ...steps.map(({ commands }) => `${commands}printf '${separator}'\n`)].join('');
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)('bash', ['-c', script.replaceAll(documentedUrl, url)], {
    cwd,
    env: { PATH, HOME },
    timeout: 60_000,
  });
  return stdout
    .replaceAll(url, documentedUrl)
    .replaceAll('\r\n', '\n')
    .split(separator)
    .slice(0, -1)
    .map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`));
}

const volatile: Readonly<Record<string, RegExp>> = {
  time: /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g,
  token: /\beyJ[\w.-]+/g,
  key: /\bcfg_[\w-]{43}/g,
  id: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g,
  hash: /\b[0-9a-f]{64}\b/g,
  hint: /(?<="apiKeyHint": ?")[\w-]{4}/g,
  refresh: /(?<="refreshToken": ?")[\w.-]+/g,
};

/** What differs from run to run gets a number in the order of appearance, so that the same id stays the same. */
export function normalised(outputs: readonly string[]): readonly string[] {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const nameOf = (kind: string, value: string): string => {
    if (kind === 'time') return '<time>';
    const known = names.get(value);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(value, `<${kind} ${count}>`);
    return `<${kind} ${count}>`;
  };
  return outputs.map((output) =>
    Object.entries(volatile).reduce(
      (text, [kind, pattern]) => text.replace(pattern, (value) => nameOf(kind, value)),
      output,
    ),
  );
}

/** The document with what was printed in place of what it showed. */
export function withOutputs(markdown: string, steps: readonly DocumentedStep[], printed: readonly string[]): string {
  return steps
    .map((one, index) => ({ ...one, text: printed[index] ?? '' }))
    .reverse()
    .reduce((text, { start, end, text: output, output: shown }) => {
      const hasBlock =
        shown !== '' || text.slice(0, start).endsWith('```json\n') || text.slice(0, start).endsWith('```text\n');
      return hasBlock ? text.slice(0, start) + output + text.slice(end) : text;
    }, markdown);
}
