import { readFileSync } from 'node:fs';

const fence = /^ *```sh[^\n]*\n([^]*?)^ *```$/gm;

/** The one block of commands of a document that has this text, as it stands there. */
export function commandsIn(document: string, text: string): string {
  const blocks = [...readFileSync(document, 'utf8').matchAll(fence)].map(([, commands = '']) => commands);
  const found = blocks.filter((commands) => commands.includes(text));
  if (found.length !== 1) throw new Error(`${document} has ${found.length} blocks of commands with ${text}`);
  return found[0]!;
}

/** The commands with something else in the place of what the document names for an example. */
export function instead(commands: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((text, [shown, own]) => {
    if (!text.includes(shown)) throw new Error(`there is no ${shown} in\n${text}`);
    return text.replaceAll(shown, own);
  }, commands);
}
