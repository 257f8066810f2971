import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Feature } from '../../apps/server/src/consensus/command.registry';
import { commandName } from '../../apps/server/src/consensus/command';
import { encodeEnvelope } from '../../apps/server/src/consensus/envelope';
import { aFullRegistry } from '../support/every-feature';
import type { GoldenEntry } from './golden-log';
import { bytesOf, envelopeOf, goldenLines, isEntry, replayGolden } from './golden-log';
import { goldenSteps } from './golden-steps';

/** They have nothing to refuse: what is not there is no mistake. */
const neverRejected = new Set([
  'session.end@1',
  'session.purge-expired@1',
  'api-key.expire@1',
  'user.create-first-admin@1',
  'cluster.raise-version@1',
  'cluster.succeed@1',
]);

const lines = goldenLines();
const entries = lines.filter(isEntry);

/** The outcomes that the log holds of each `type@version`. */
function outcomes(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const entry of entries) {
    const envelope = envelopeOf(entry);
    if (!envelope || !entry.outcome || entry.duplicate) continue;
    const name = commandName(envelope.type, envelope.version);
    found.set(name, (found.get(name) ?? new Set()).add(entry.outcome.status));
  }
  return found;
}

describe('the golden log', () => {
  it('does what it did when its commands were released', () => {
    expect(replayGolden(lines).differences).toEqual([]);
    expect(lines.at(-1)).toHaveProperty('stateHash');
  });

  it('holds every registered command, with both outcomes where it has two', () => {
    const held = outcomes();
    const wanted = aFullRegistry().commands.map(({ type, version }) => commandName(type, version));
    for (const name of wanted) {
      const expected = neverRejected.has(name) ? ['applied'] : ['applied', 'rejected'];
      expect({ name, outcomes: [...(held.get(name) ?? [])].sort() }).toEqual({ name, outcomes: expected });
    }
    expect([...held.keys()].sort()).toEqual(wanted.sort());
  });

  it('knows the commands of every feature folder', async () => {
    const sources = join(__dirname, '..', '..', 'apps', 'server', 'src');
    const registry = aFullRegistry();
    const folders = readdirSync(sources, { withFileTypes: true }).filter((folder) => folder.isDirectory());
    let found = 0;
    for (const { name } of folders) {
      for (const file of readdirSync(join(sources, name)).filter((file) => file.endsWith('.feature.ts'))) {
        const features = Object.values((await import(join(sources, name, file))) as Record<string, Feature>);
        for (const { type, version } of features.flatMap(
          ({ commands = [] }) => commands as { type: string; version: number }[],
        )) {
          found += 1;
          expect(registry.command(type, version)).toBeDefined();
        }
      }
    }
    expect(found).toBe(registry.commands.length);
  });

  it('is encoded by this build into the very same bytes', () => {
    for (const entry of entries) {
      const envelope = envelopeOf(entry);
      if (envelope) expect(Buffer.from(encodeEnvelope(envelope)).toString()).toBe(bytesOf(entry)?.toString());
    }
  });

  it('has taken every step that was written for it', () => {
    const held = new Set(entries.map((entry) => envelopeOf(entry)?.requestId));
    expect(goldenSteps.filter(({ name, command }) => command && !held.has(`step ${name}`))).toEqual([]);
  });

  it('would show a changed encoding, a changed rule and a changed row', () => {
    const at = entries.findIndex((entry) => envelopeOf(entry)?.requestId === 'step user');
    const changed = (change: (entry: GoldenEntry) => Partial<GoldenEntry>) =>
      replayGolden(lines.map((line) => (line === entries[at] ? { ...line, ...change(line as GoldenEntry) } : line)));
    const renamed = (from: string, to: string) => (entry: GoldenEntry) => ({
      data: Buffer.from(String(bytesOf(entry)).replace(from, to)).toString('base64'),
    });
    expect(changed(renamed('"name":"The ada"', '"name":"The eve"')).differences).not.toEqual([]);
    expect(changed(renamed('"passwordHash":"hash of ada"', '"passwordHash":"other"')).differences).not.toEqual([]);
    expect(
      changed(() => ({ outcome: { status: 'rejected', code: 'email-taken', detail: {} } })).differences,
    ).toHaveLength(1);
    expect(() => changed(renamed('"version":1', '"version":2'))).toThrow('which this build does not know');
  });
});
