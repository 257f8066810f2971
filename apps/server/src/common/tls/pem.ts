import { parsePem } from '../pem';

/** A text in PEM, and the file that it came from, if any: what lies in a file may be replaced. */
export interface Pem {
  readonly text: string;
  readonly file: string | null;
}

/** PEM as a text, or where it lies. `file`: where the value itself was read from. */
function sourceOf(value: string, file: string | null = null): Pem | undefined {
  const text = parsePem(value);
  return text === undefined ? undefined : { text, file: text === value ? file : value };
}

export const pem = (what: string) => ({
  takes: `${what} in PEM, or the path of a file that holds it`,
  parse: sourceOf,
});
