import { runCommand } from './commands';
import { ScenarioWorld } from './world';

interface Step {
  /** Comments and blank lines, kept as they are. */
  readonly prose: readonly string[];
  readonly commands: readonly string[];
}

/**
 * Runs a script and gives it back with its transcript. A step is comments, one command a line, `----`, what happened,
 * and a blank line. Old transcripts are read over, so the same function checks a scenario and writes it anew.
 */
export function transcribe(script: string): string {
  const world = new ScenarioWorld();
  return parse(script)
    .map((step) => [...step.prose, ...step.commands, '----', ...run(world, step), ''].join('\n'))
    .join('\n');
}

function run(world: ScenarioWorld, step: Step): string[] {
  const said: string[] = [];
  world.say = (line) => said.push(line);
  for (const command of step.commands) runCommand(world, command);
  return said.length > 0 ? said : ['ok'];
}

function parse(script: string): Step[] {
  const steps: Step[] = [];
  let prose: string[] = [];
  let commands: string[] = [];
  let inOutput = false;
  for (const line of [...script.split('\n'), '']) {
    if (line === '----') {
      steps.push({ prose, commands });
      [prose, commands, inOutput] = [[], [], true];
    } else if (inOutput) {
      inOutput = line !== '';
    } else if (line.startsWith('#') || (line === '' && commands.length === 0)) {
      prose.push(line);
    } else if (line !== '') {
      commands.push(line);
    }
  }
  if (commands.length > 0) throw new Error(`no ---- after: ${commands.join(' / ')}`);
  return steps.map((step) => ({ ...step, prose: trimEnd(step.prose) }));
}

function trimEnd(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line !== '');
  return first < 0 ? [] : lines.slice(first);
}
