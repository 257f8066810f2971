import type { ServerResponse } from 'node:http';
import { validateHeaderName, validateHeaderValue } from 'node:http';

/** What differs from one answer to the next, in the order in which it is sent. */
export type VaryingHeaders = readonly (readonly [name: string, value: string])[];

/** Node keeps the head of an answer here from `writeHead` until it goes out. */
type WithHead = ServerResponse & { _header?: string | null; readonly _keepAliveTimeout?: number };

const statusLines = { 200: 'HTTP/1.1 200 OK\r\n', 304: 'HTTP/1.1 304 Not Modified\r\n' } as const;

/** Up to here head and body go to the kernel as one string; a larger body is not worth a copy. */
const largestInOneString = 4 * 1024;

let second = 0;
let date = '';

/** RFC 9110, section 6.6.1; the same for all answers of a second. */
function dateHeader(): string {
  const now = Date.now();
  if (now - second < 1000 && now >= second) return date;
  second = now - (now % 1000);
  return (date = `Date: ${new Date(second).toUTCString()}\r\n`);
}

/**
 * Writes the head of an answer as text. `writeHead` looks at each name and each character of each value, for each
 * request; of these all but a few were looked at when the process began, and the few are numbers, ETags of numbers and a
 * request id that was found sane. What is not plain, such as a connection that is to be closed, is left to `writeHead`.
 */
export class AnswerWriter {
  readonly #constant: string;

  constructor(private readonly constantHeaders: readonly string[]) {
    let text = '';
    for (let at = 0; at < constantHeaders.length; at += 2) {
      const [name = '', value = ''] = constantHeaders.slice(at);
      validateHeaderName(name);
      validateHeaderValue(name, value);
      text += `${name}: ${value}\r\n`;
    }
    this.#constant = text;
  }

  /** `body` is what GET would send; HEAD sends none. */
  write(response: ServerResponse, status: 200 | 304, varying: VaryingHeaders, body: Buffer | undefined): void {
    if (!this.#writeText(response, status, varying))
      response.writeHead(status, [...this.constantHeaders, ...varying.flat()]);
    if (body === undefined) response.end();
    else if (body.length > largestInOneString) response.end(body);
    // As many characters as bytes, whatever they mean: Node joins them to the head.
    else response.end(body.toString('latin1'), 'latin1');
  }

  #writeText(response: WithHead, status: 200 | 304, varying: VaryingHeaders): boolean {
    const { _keepAliveTimeout: keptMs } = response;
    if (response._header !== null || keptMs === undefined || keptMs < 1000) return false;
    if (!response.shouldKeepAlive || response.hasHeader('Connection')) return false;
    let head = statusLines[status] + this.#constant;
    for (const [name, value] of varying) head += `${name}: ${value}\r\n`;
    response.statusCode = status;
    response._header = `${head}${dateHeader()}Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keptMs / 1000)}\r\n\r\n`;
    return true;
  }
}
