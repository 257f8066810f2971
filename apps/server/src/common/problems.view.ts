import type { ProblemCode } from './problems';
import { problemCodes, problems } from './problems';

export interface ProblemType {
  /** URI reference of the page; the `type` of the problem documents. */
  readonly type: string;
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly explanation: string;
}

export const problemType = (code: ProblemCode): ProblemType => ({ type: `/problems/${code}`, code, ...problems[code] });

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? character);

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}' +
  'code{background:#f1f1f1;padding:.1em .3em;border-radius:3px}dt{margin-top:1rem}dd{margin:0}a{color:#0b57a4}';

const page = (title: string, body: string): string =>
  `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${escaped(title)}</title><style>${style}</style></head><body>\n${body}\n</body></html>\n`;

export function problemPage(code: ProblemCode): string {
  const { status, title, explanation } = problems[code];
  const also = code === 'version-conflict' ? ' or 412' : '';
  return page(
    title,
    `<h1>${escaped(title)}</h1>\n<p><code>${code}</code>, HTTP status ${status}${also}</p>\n<p>${escaped(explanation)}</p>\n` +
      '<p><a href="/problems">All problems</a> · <a href="/docs">API documentation</a></p>',
  );
}

export function cataloguePage(): string {
  const entries = problemCodes.map((code) => {
    const { status, title, explanation } = problems[code];
    return `<dt><a href="/problems/${code}"><code>${code}</code></a> (${status}) ${escaped(title)}</dt>\n<dd>${escaped(explanation)}</dd>`;
  });
  return page(
    'Problems',
    `<h1>Problems</h1>\n<p>What this API answers when it does not do what was asked.</p>\n<dl>\n${entries.join('\n')}\n</dl>`,
  );
}
