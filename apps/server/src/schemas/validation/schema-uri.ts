/** Where schemas without an absolute `$id` live; `.invalid` is never resolved (RFC 2606). */
export const anonymousUri = 'https://schema.invalid/';

/** Resolves a reference; throws a TypeError when it is none. */
export function resolveUri(reference: string, baseUri: string): { uri: string; fragment: string } {
  return split(new URL(reference, baseUri));
}

export function describeBase(uri: string): string {
  return uri.startsWith(anonymousUri) ? 'a schema without an absolute $id' : uri;
}

function split(url: URL): { uri: string; fragment: string } {
  const mark = url.href.indexOf('#');
  if (mark < 0) return { uri: url.href, fragment: '' };
  const fragment = url.href.slice(mark + 1);
  try {
    return { uri: url.href.slice(0, mark), fragment: decodeURIComponent(fragment) };
  } catch {
    return { uri: url.href.slice(0, mark), fragment };
  }
}
