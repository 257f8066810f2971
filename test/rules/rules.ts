import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '..', '..');
export const rulesDirectory = join(root, 'helm', 'config-guardian', 'rules');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export const rules: readonly Rule[] = readdirSync(rulesDirectory).flatMap((name) =>
  (parse(readFileSync(join(rulesDirectory, name), 'utf8')) as RuleFile).groups.flatMap((group) => group.rules),
);
export const alerts = rules.filter(({ alert }) => alert !== undefined);
/** What recording rules add to the names that a node exports. */
export const recorded: ReadonlySet<string> = new Set(rules.flatMap(({ record }) => record ?? []));
