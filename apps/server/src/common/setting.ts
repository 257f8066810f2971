import { readFileSync } from 'node:fs';

/** A variable of the environment: how it is parsed, what it takes in words, and what it means. */
export interface Setting<Value> {
  readonly name: string;
  /** As text, the way an operator would write it; null means that the variable may be left out and has no value. */
  readonly fallback: string | null;
  readonly takes: string;
  readonly meaning: string;
  readonly secret?: boolean;
  /** `file`: where NAME_FILE says that the text lies. */
  readonly parse: (text: string, file?: string | null) => Value | undefined;
}

/** A wrong value refuses the boot with one line. */
export class WrongSetting extends Error {
  constructor(name: string, got: string, takes: string) {
    super(`${name}: got ${got}; it takes ${takes}`);
    this.name = 'WrongSetting';
  }
}

interface Text {
  readonly text: string | null;
  readonly file: string | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The value of NAME, or the text in the file that NAME_FILE points at (without its last line break). */
function textOf(setting: Setting<unknown>, variables: Variables): Text {
  const { name, takes } = setting;
  const direct = variables[name];
  const file = variables[`${name}_FILE`];
  if (direct !== undefined && direct !== '' && file !== undefined && file !== '') {
    throw new WrongSetting(`${name}_FILE`, `a value beside ${name}`, 'one of the two');
  }
  if (file !== undefined && file !== '') {
    try {
      // Editors of Windows begin a file with a mark that nobody sees.
      return {
        text: readFileSync(file, 'utf8')
          .replace(/^\ufeff/, '')
          .replace(/[\r\n]+$/, ''),
        file,
      };
    } catch (error) {
      throw new WrongSetting(
        `${name}_FILE`,
        `"${file}" (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
        `the path of a readable file that holds ${takes}`,
      );
    }
  }
  return { text: direct === undefined || direct === '' ? setting.fallback : direct, file: null };
}

const mostTold = 200;

/** As long as the base64 of any key, and no name or path that somebody writes. */
const keyLike = /[A-Za-z0-9+/=]{60,}/g;

/**
 * Somebody's key may stand where its path belongs, and a password in a URL. Where a password in a URL that is wrong ends
 * nobody knows: it may hold any of `/?#@`.
 */
function told(text: string): string {
  if (text.length > mostTold) return `a text of ${text.length} characters`;
  const withoutUser = /:[^]*@/.test(text) ? text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^]*$/i, '$1***') : text;
  const withoutQuery = text.includes('://') ? withoutUser.replace(/([?#])[^]*$/, '$1***') : withoutUser;
  return JSON.stringify(withoutQuery.replace(keyLike, '***'));
}

export function readSetting<Value>(setting: Setting<Value>, variables: Variables): Value | null {
  const { text, file } = textOf(setting, variables);
  if (text === null) return null;
  const value = setting.parse(text, file);
  if (value === undefined)
    throw new WrongSetting(setting.name, setting.secret ? 'a secret of another form' : told(text), setting.takes);
  return value;
}
