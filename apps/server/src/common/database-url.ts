export const databaseUrlTakes =
  'a URL postgres://user:password@host:port/database; what a URL may not hold is escaped, such as % in a password as %25';

/** The text itself, when a driver can read it. A host may be missing: then the query names the directory of a socket. */
export function parseDatabaseUrl(value: string): string | undefined {
  const [, authority = '', rest = ''] = /^postgres(?:ql)?:\/\/([^/?#\s]*)([^\s]*)$/.exec(value) ?? [];
  if (authority === '' && rest.length <= 1) return undefined;
  try {
    decodeURIComponent(authority + rest);
    // A host of our own where there may be none; the port must be one.
    const at = authority.lastIndexOf('@') + 1;
    const hostAndPort = authority.slice(at);
    new URL(`http://${hostAndPort === '' ? 'localhost' : hostAndPort.replace(/^:/, 'localhost:')}`);
    return value;
  } catch {
    return undefined;
  }
}
