import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '../../apps/server/src/consensus/envelope';
import { decodeEnvelope } from '../../apps/server/src/consensus/envelope';
import type { Outcome } from '../../apps/server/src/consensus/outcome-window';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { aFullRegistry } from '../support/every-feature';

/** One entry as it was written for ever, and what it must do. `data` is base64; null is an entry without a command. */
export interface GoldenEntry {
  readonly index: number;
  readonly term: number;
  readonly at: number;
  readonly data: string | null;
  readonly outcome: Outcome | null;
  readonly duplicate: boolean;
}

/** Where the state stood after the entries before it. */
export interface GoldenHash {
  readonly hashAt: number;
  readonly stateHash: string;
}

export type GoldenLine = GoldenEntry | GoldenHash;

/** Tests and tools run from the root of the checkout. */
export const goldenPath = join(process.cwd(), 'test', 'golden', 'commands.jsonl');

export const isEntry = (line: GoldenLine): line is GoldenEntry => 'data' in line;

export const linesOf = (text: string): readonly GoldenLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as GoldenLine);

export const goldenLines = (): readonly GoldenLine[] => linesOf(readFileSync(goldenPath, 'utf8'));

export const bytesOf = ({ data }: GoldenEntry): Buffer | null => (data === null ? null : Buffer.from(data, 'base64'));

export function envelopeOf(entry: GoldenEntry): Envelope | undefined {
  const data = bytesOf(entry);
  return data === null ? undefined : decodeEnvelope(data);
}

export interface GoldenReplay {
  readonly machine: StateMachine;
  /** Each entry or hash that is no longer what was written down. */
  readonly differences: readonly string[];
}

/** Feeds the log to a machine of this build and compares everything that was written down. */
export function replayGolden(lines: readonly GoldenLine[]): GoldenReplay {
  const machine = new StateMachine(aFullRegistry());
  const differences: string[] = [];
  for (const line of lines) {
    if (isEntry(line)) {
      const { index, term, at, outcome, duplicate } = line;
      const applied = machine.apply({ index, term, at, data: bytesOf(line) });
      const [expected, found] = [
        { outcome, duplicate },
        { outcome: applied.outcome, duplicate: applied.duplicate },
      ].map((result) => JSON.stringify(result));
      if (expected !== found) differences.push(`entry ${index}: ${found} instead of ${expected}`);
    } else if (machine.position.index !== line.hashAt || machine.hash !== line.stateHash) {
      differences.push(`state hash at ${machine.position.index}: ${machine.hash} instead of ${line.stateHash}`);
    }
  }
  return { machine, differences };
}
