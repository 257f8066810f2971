import type { IncomingMessage } from 'node:http';

/** RFC 3986, 3.2.2, with a port. Empty for a target that names no host. */
const form = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::\d*)?$/;

/** RFC 9112, 3.2: exactly one Host, and a valid one. Node keeps the first of several and takes any text. */
export function namesOneHost({ httpVersion, headers: { host }, rawHeaders }: IncomingMessage): boolean {
  if (host === undefined) return httpVersion !== '1.1';
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count === 1 && form.test(host);
}
