import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '..', '..');

export interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly build?: { readonly target?: string };
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
}
export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const fileOf = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'), { merge: true });

/** As Compose fills in ${NAME}, ${NAME:-default} and ${NAME:?message}. */
export function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, otherwise?: string) => {
    const value = variables[name] ?? otherwise;
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  });
}

export const compose = fileOf('docker-compose.yml') as Compose;
export const nodes = Object.entries(compose.services).filter(([name]) => name.startsWith('node-'));
