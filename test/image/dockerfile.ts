import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instruction } from 'dockerfile-ast';
import { DockerfileParser } from 'dockerfile-ast';
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction';

export const root = join(__dirname, '..', '..');

export interface Step {
  readonly keyword: string;
  /** As written, with continued lines joined. */
  readonly text: string;
  /** The words, without flags. */
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
}
export interface Stage {
  readonly name: string;
  readonly image: string;
  readonly steps: readonly Step[];
}

/** The stages of the Dockerfile, each with its steps in order. */
export function stages(): readonly Stage[] {
  const found: { name: string; image: string; steps: Step[] }[] = [];
  for (const instruction of DockerfileParser.parse(readFileSync(join(root, 'Dockerfile'), 'utf8')).getInstructions()) {
    const keyword = instruction.getKeyword();
    const step = told(instruction);
    if (keyword === 'FROM') found.push({ name: step.words[2] ?? 'final', image: step.words[0] ?? '', steps: [] });
    else found.at(-1)?.steps.push({ keyword, ...step });
  }
  return found;
}

function told(instruction: Instruction): Omit<Step, 'keyword'> {
  const text = (instruction.getRawArgumentsContent() ?? '').replaceAll(/\\\n\s*/g, '');
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  return {
    text,
    words: text.split(/\s+/).filter((word) => word !== ''),
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
  };
}

/** The only step of its keyword, and what it says: of JSON when that is its form. */
export function only(stage: Stage, keyword: string): Step {
  const [step, ...others] = stage.steps.filter((each) => each.keyword === keyword);
  if (!step || others.length > 0) throw new Error(`${stage.name} has not one ${keyword}`);
  return step;
}

/** The command of CMD, or of HEALTHCHECK after its flags: the form that starts no shell. */
export function command({ text }: Step): readonly string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as readonly string[];
}

export function environment(stage: Stage): Readonly<Record<string, string>> {
  const pairs = stage.steps.filter(({ keyword }) => keyword === 'ENV').flatMap(({ words }) => words);
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}
