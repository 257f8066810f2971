import { createReadStream } from 'node:fs';
import type { StatePosition } from '../state-hash';

/** What a snapshot begins with: where the state stands that its rows give. */
export interface SnapshotHeader extends StatePosition {
  readonly format: 1;
}

/** One row, with its members named as in the entities: a build that knows a column more can read it too. */
export interface SnapshotRow {
  readonly table: string;
  readonly row: object;
}

/** UTF-8 JSON, one value a line. */
export const lineOf = (value: SnapshotHeader | SnapshotRow): string => `${JSON.stringify(value)}\n`;

const textChars = 256 * 1024;

/** A line a row, a little at a time: no string holds more than half a gibibyte, and writes wait for each. */
export function* rowTexts(table: string, rows: readonly object[]): Generator<string> {
  let text = '';
  for (const row of rows) {
    text += lineOf({ table, row });
    if (text.length < textChars) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

export function headerOf(line: string | undefined): SnapshotHeader {
  const header = line === undefined ? undefined : (JSON.parse(line) as Partial<SnapshotHeader>);
  if (header?.format !== 1) {
    throw new Error(`a snapshot of format ${String(header?.format)} was found, this build reads format 1`);
  }
  return header as SnapshotHeader;
}

export const rowOf = (line: string): SnapshotRow => JSON.parse(line) as SnapshotRow;

const lineFeed = 0x0a;

export const linesOf = (path: string): AsyncGenerator<string> =>
  linesIn(createReadStream(path, { highWaterMark: 1 << 18 }));

/**
 * `node:readline` will not do: it also ends lines at U+2028, which JSON text may hold. Throws a RangeError at a line that
 * is longer than `maxBytes`.
 */
export async function* linesIn(stream: AsyncIterable<Buffer>, maxBytes = Infinity): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString('utf8');
      begun = [];
      bytes = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
  }
  if (begun.length > 0) yield Buffer.concat(begun).toString('utf8');
}
