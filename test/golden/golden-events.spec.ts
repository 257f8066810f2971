import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { commandsWithoutEvents, eventDifferences, eventsOfCommands } from '../support/command-events';
import { aFullRegistry } from '../support/every-feature';
import { bytesOf, envelopeOf, goldenLines, isEntry } from './golden-log';

const entries = goldenLines().filter(isEntry);

/** The types of every `*.events.ts`. */
async function definedEvents(): Promise<readonly string[]> {
  const sources = join(__dirname, '..', '..', 'apps', 'server', 'src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  const modules = await Promise.all(
    files.filter((file) => file.endsWith('.events.ts')).map((file) => import(join(sources, file)) as Promise<object>),
  );
  return modules.flatMap((module) => Object.values(module as Record<string, { type: string }>).map(({ type }) => type));
}

describe('domain events', () => {
  it('are written down for every command, or that it has none', () => {
    const registered = aFullRegistry().commands.map(({ type }) => type);
    const written = [...Object.keys(eventsOfCommands), ...commandsWithoutEvents];
    expect([...written].sort()).toEqual([...new Set(registered)].sort());
  });

  it('are exactly those of each command of the golden log, and every event there is is told in it', async () => {
    const machine = new StateMachine(aFullRegistry());
    const told = new Set<string>();
    for (const entry of entries) {
      const envelope = envelopeOf(entry);
      const applied = machine.apply({ ...entry, data: bytesOf(entry) });
      expect(envelope ? eventDifferences(envelope, applied) : applied.events).toEqual([]);
      for (const { type } of applied.events) told.add(type);
    }
    const defined = await definedEvents();
    expect(defined.length).toBeGreaterThan(20);
    expect([...told].sort()).toEqual([...defined].sort());
  });
});
