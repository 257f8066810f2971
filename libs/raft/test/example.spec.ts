import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configuration, MemoryStorage, RawNode } from '@config-guardian/raft';
import type { Entry, Message } from '@config-guardian/raft';

/** The whole of a driver, for a group of one. The loop is the one that DESIGN.md shows, to the letter. */
test('a driver is ten lines: write, send, apply and say so while there is work', () => {
  const storage = new MemoryStorage(configuration(['n1#a']));
  const node = new RawNode({ id: 'n1#a', storage, random: () => 0.5 });
  const applied: string[] = [];
  const sent: Message[] = [];
  const send = (message: Message) => sent.push(message);
  const apply = (entry: Entry) => {
    if (entry.type === 'command') applied.push(entry.data.toString());
  };
  const drive = () => {
    while (node.hasReady()) {
      const ready = node.ready();
      storage.write(ready); // 1. term and vote, snapshot, entries; then sync
      for (const message of ready.messages) send(message); // 2. at any time: before, while or after writing
      for (const entry of ready.committed) apply(entry); // 3. in order, each exactly once
      node.advance(ready); // 4. say that it is done
    }
  };
  node.campaign();
  drive();
  node.propose([Buffer.from('set x = 1'), Buffer.from('set y = 2')]);
  drive();

  expect(applied).toEqual(['set x = 1', 'set y = 2']);
  expect(sent).toEqual([]);
  expect(node.status()).toMatchObject({ role: 'leader', term: 1, commit: 3, applied: 3 });
});

test('DESIGN.md shows the loop that runs here', () => {
  const lines = (text: string) => text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  const design = readFileSync(join(__dirname, '..', 'DESIGN.md'), 'utf8');
  const shown = lines(/```ts\n([^]*?)\n```/.exec(design)![1]!);
  expect(shown).toHaveLength(7);
  expect(lines(readFileSync(__filename, 'utf8')).join('\n')).toContain(shown.join('\n'));
});
