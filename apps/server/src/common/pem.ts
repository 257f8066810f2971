import { existsSync, readFileSync } from 'node:fs';

/** PEM as a text, or where it lies. */
export function parsePem(value: string): string | undefined {
  const isPath = !value.includes('-----BEGIN') && existsSync(value);
  const pem = isPath ? readable(value) : value;
  return pem?.includes('-----BEGIN') ? pem : undefined;
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
