import { configuration, MemoryStorage, RawNode } from '@config-guardian/raft';
import type { Message } from '@config-guardian/raft';
test('three nodes', () => {
  const ids = ['1', '2', '3'];
  const nodes = new Map(ids.map((id) => { const storage = new MemoryStorage(configuration(ids)); return [id, { storage, node: new RawNode({ id, storage, random: () => 0.5 }), applied: [] as number[] }]; }));
  const run = () => {
    for (let moved = true; moved; ) {
      moved = false;
      const mail: Message[] = [];
      for (const n of nodes.values()) while (n.node.hasReady()) { moved = true; const r = n.node.ready(); n.storage.write(r); mail.push(...r.messages); n.applied.push(...r.committed.map((e) => e.index)); n.node.advance(r); }
      for (const m of mail) nodes.get(m.to)?.node.step(m);
    }
  };
  nodes.get('1')!.node.campaign();
  run();
  expect(nodes.get('1')!.node.status()).toMatchObject({ role: 'leader', term: 1, commit: 1 });
  console.log(nodes.get('1')!.node.propose([new Uint8Array(3)]));
  run();
  console.log([...nodes.values()].map((n) => n.node.status()), [...nodes.values()].map((n) => n.applied));
  console.log(nodes.get('1')!.node.readIndex(), nodes.get('1')!.node.proposeConfChange({ type: 'change', changes: [{ type: 'remove', member: '1' }], transition: 'auto' }));
  run();
  console.log([...nodes.values()].map((n) => n.node.status()));
});
