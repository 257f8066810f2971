import { configuration, MemoryStorage, RawNode } from '@config-guardian/raft';

/** The whole of a driver, for a group of one. Keep it in step with DESIGN.md, which shows the loop. */
test('a driver is ten lines: propose, then write, send, apply and say so while there is work', () => {
  const storage = new MemoryStorage(configuration(['n1#a']));
  const node = new RawNode({ id: 'n1#a', storage, random: () => 0.5 });
  const applied: string[] = [];
  const drive = () => {
    while (node.hasReady()) {
      const ready = node.ready();
      storage.write(ready); // a real driver also syncs, and sends ready.messages meanwhile
      for (const entry of ready.committed) if (entry.type === 'command') applied.push(entry.data.toString());
      node.advance(ready);
    }
  };
  node.campaign();
  drive();
  node.propose([Buffer.from('set x = 1'), Buffer.from('set y = 2')]);
  drive();

  expect(applied).toEqual(['set x = 1', 'set y = 2']);
  expect(node.status()).toMatchObject({ role: 'leader', term: 1, commit: 3, applied: 3 });
});
