import 'reflect-metadata';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import type { Envelope } from '../../apps/server/src/consensus/envelope';
import { encodeEnvelope } from '../../apps/server/src/consensus/envelope';
import type { StateMachine } from '../../apps/server/src/consensus/state-machine';
import type { GoldenEntry, GoldenLine } from './golden-log';
import { envelopeOf, goldenLines, goldenPath, isEntry, replayGolden } from './golden-log';
import type { GoldenStep } from './golden-step';
import { goldenSteps } from './golden-steps';

/**
 * `npm run golden`: appends the steps of golden-steps.ts that the log does not hold yet. A line that is there is never
 * written again: if this build no longer does what it says, the build is wrong.
 */
const stepMs = 1_000;
const beganAt = Date.UTC(2026, 0, 1);

function entryOf(machine: StateMachine, step: GoldenStep): GoldenEntry {
  const index = machine.position.index + 1;
  const { actor = null, at = Math.max(beganAt, machine.position.lastAtMs) + stepMs } = step;
  const data = step.command === null ? null : Buffer.from(encodeEnvelope(envelope(index, step, actor)));
  const applied = machine.apply({ index, term: 1, at, data });
  const { outcome, duplicate } = applied;
  return { index, term: 1, at, data: data && data.toString('base64'), outcome, duplicate };
}

function envelope(index: number, step: GoldenStep, actor: string | null): Envelope {
  const { name, command, payload, commandId = name, fingerprint = commandId, birthIndex = index - 1 } = step;
  if (command === null) throw new Error('an entry without a command has no envelope');
  const { type, version } = command;
  const trace = actor === null ? null : '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  return { id: commandId, type, version, actor, requestId: `step ${name}`, trace, fingerprint, birthIndex, payload };
}

function main(): void {
  const lines = existsSync(goldenPath) ? goldenLines() : [];
  const { machine, differences } = replayGolden(lines);
  if (differences.length > 0) {
    throw new Error(
      `this build parts from the log as it was released, so nothing was appended:\n${differences.join('\n')}`,
    );
  }
  const held = new Set(lines.filter(isEntry).map((line) => envelopeOf(line)?.requestId ?? 'no command'));
  const missing = goldenSteps.filter(
    ({ name, command }) => !held.has(command === null ? 'no command' : `step ${name}`),
  );
  if (missing.length === 0) return void process.stdout.write('the golden log holds every step\n');
  const added: GoldenLine[] = missing.map((step) => entryOf(machine, step));
  added.push({ hashAt: machine.position.index, stateHash: machine.hash });
  if (!existsSync(goldenPath)) writeFileSync(goldenPath, '');
  appendFileSync(goldenPath, added.map((line) => `${JSON.stringify(line)}\n`).join(''));
  process.stdout.write(`appended ${missing.length} entries to ${goldenPath}\n`);
}

main();
