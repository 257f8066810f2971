const notAllowed = /%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu;
const cutEscape = /%[0-9A-Fa-f]?$/u;

/** A path as a URI reference (RFC 3986): what a client sent raw is escaped, and what is too long is cut off. */
export function uriReference(path: string, longest: number): string {
  const cut = path.length > longest ? path.slice(0, longest).replace(cutEscape, '') : path;
  return cut.toWellFormed().replace(notAllowed, encodeURIComponent);
}
