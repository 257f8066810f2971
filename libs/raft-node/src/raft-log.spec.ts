import { configuration } from '@config-guardian/raft';
import { aNode, codeOf } from '../test/a-cluster';
import { bytes, RecordingConsumer } from '../test/recording-consumer';
import { DirectoryInUse } from './disk/file-system';
import { LogPoisoned } from './wal/log-damage';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the log of a group of one', () => {
  it('resolves a proposal with its index, term and result, after it is durable and applied', async () => {
    const node = await aNode();
    const proposed = await node.log.propose(bytes('a'));
    expect(proposed).toEqual({ index: 2, term: 1, result: 'result 2' });
    const { entries } = node.consumer;
    await node.crash('power');
    node.consumer = new RecordingConsumer();
    await node.start(configuration([]));
    expect(node.consumer.commands).toEqual(['a']);
    expect(node.consumer.entries[1]).toEqual(entries[1]);
  });

  it('begins each life as a leader does: a new term, its own vote, an entry without a command', async () => {
    const node = await aNode();
    await node.stop();
    await node.restart();
    expect(node.log.status()).toMatchObject({
      role: 'leader',
      leaderId: 'n1',
      term: 2,
      firstIndex: 1,
      lastIndex: 2,
      commitIndex: 2,
      appliedIndex: 2,
      voters: ['n1'],
      learners: [],
      members: [{ nodeId: 'n1', member: 'n1#a', role: 'voter', matchIndex: 2, lastContactMs: 0 }],
    });
    expect(node.consumer.entries.map(({ term, data }) => [term, data])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect(node.disk.list('/log')).toHaveLength(1);
  });

  it('gathers what is proposed while a sync runs into one batch', async () => {
    const { log, disk, consumer } = await aNode();
    const before = disk.syncs;
    const proposals = await Promise.all(Array.from({ length: 500 }, (_, i) => log.propose(bytes(`c${i}`))));
    expect(proposals.map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, i) => i + 2));
    expect(disk.syncs - before).toBeLessThan(5);
    expect(consumer.commands).toEqual(Array.from({ length: 500 }, (_, i) => `c${i}`));
  });

  it('lets what forms behind a stalled sync go out with one sync', async () => {
    const { log, disk, fileSystem } = await aNode();
    fileSystem.beginStall();
    const first = log.propose(bytes('first'));
    await turn();
    const waiting: Promise<unknown>[] = [];
    for (let round = 0; round < 5; round += 1) {
      waiting.push(log.propose(bytes(`${round}`)));
      await turn();
    }
    const before = disk.syncs;
    fileSystem.endStall();
    await Promise.all([first, ...waiting]);
    expect(disk.syncs - before).toBe(2);
  });

  it('stamps times that never go back while the wall clock does, and warns of the jump', async () => {
    const node = await aNode();
    await node.log.propose(bytes('a'));
    node.wallOffset = -10_000;
    await node.log.propose(bytes('b'));
    node.wallOffset = 2 ** 41;
    await node.log.propose(bytes('c'));
    const [a, b, c] = node.consumer.times;
    expect(b).toBe(a);
    expect(c).toBe(a! + 2 ** 41);
    expect(node.warnings).toEqual([
      'The wall clock jumped by -10000 ms.',
      `The wall clock jumped by ${2 ** 41 + 10_000} ms.`,
    ]);
    expect(node.leads).toBe(true);
  });

  it('marks entries without a command as having no time', async () => {
    const { consumer } = await aNode();
    expect(consumer.entries).toEqual([{ index: 1, term: 1, at: 0, data: null, membership: null }]);
  });

  it('replays what the consumer has not seen, in batches, as fast as it takes them', async () => {
    const node = await aNode();
    await Promise.all(Array.from({ length: 600 }, (_, i) => node.log.propose(bytes(`${i} ${'x'.repeat(600)}`))));
    await node.stop();
    const consumer = (node.consumer = new RecordingConsumer(11));
    consumer.close();
    await node.open(configuration([]));
    const starting = node.log.start(consumer);
    expect(await codeOf(node.log.propose(bytes('early')))).toBe('no-leader');
    expect(await codeOf(node.log.readIndex())).toBe('no-leader');
    await node.world.clock.advance(50);
    expect(consumer.batches).toEqual([]);
    consumer.reopen();
    await starting;
    expect(consumer.batches.length).toBeGreaterThan(2);
    expect(Math.max(...consumer.batches)).toBeLessThanOrEqual(256);
    expect(consumer.commands.map((text) => text.split(' ')[0])).toEqual(
      Array.from({ length: 590 }, (_, i) => String(i + 10)),
    );
  });

  it('keeps what its limits say of what the database holds, and no entry that it does not hold', async () => {
    const node = await aNode({ limits: { keptEntries: 64, segmentBytes: 8192 } });
    for (let i = 0; i < 10; i += 1) {
      await Promise.all(Array.from({ length: 30 }, () => node.log.propose(bytes('x'.repeat(300)))));
    }
    expect(node.log.status().firstIndex).toBe(1);
    node.log.release(100);
    expect(node.log.status().firstIndex).toBe(101);
    node.log.release(10_000);
    expect(node.log.status()).toMatchObject({ firstIndex: 301 - 64 + 1, lastIndex: 301 });
    await node.stop();
    await node.restart();
    expect(node.log.status().firstIndex).toBeGreaterThan(200);
    expect(node.log.status().lastIndex).toBe(302);
  });

  it('cuts the log by its weight as well', async () => {
    const node = await aNode({ limits: { keptBytes: 64 << 10 } });
    await Promise.all(Array.from({ length: 20 }, () => node.log.propose(Buffer.alloc(10_000))));
    node.log.release(21);
    expect(node.log.status().firstIndex).toBe(16);
  });

  it('refuses what is too large, and what finds the queue full, and serves again when the disk does', async () => {
    const { log, fileSystem } = await aNode({ limits: { maxEntryBytes: 1000, maxPending: 8, maxPendingBytes: 4000 } });
    expect(await codeOf(log.propose(Buffer.alloc(1001)))).toBe('too-large');
    fileSystem.beginStall();
    const waiting = Array.from({ length: 8 }, () => log.propose(bytes('x')));
    expect(await codeOf(log.propose(bytes('x')))).toBe('overloaded');
    expect(log.status().pendingProposals).toBe(8);
    fileSystem.endStall();
    await Promise.all(waiting);
    fileSystem.beginStall();
    const heavy = Array.from({ length: 4 }, () => log.propose(Buffer.alloc(1000)));
    expect(await codeOf(log.propose(Buffer.alloc(1000)))).toBe('overloaded');
    fileSystem.endStall();
    await Promise.all(heavy);
    expect(log.status()).toMatchObject({ pendingProposals: 0, appliedIndex: 13 });
  });

  it('counts what is durable and not yet applied against the queue, while the consumer takes nothing', async () => {
    const { log, consumer } = await aNode({ limits: { maxPending: 5 } });
    consumer.close();
    const waiting = Array.from({ length: 5 }, () => log.propose(bytes('x')));
    await turn();
    await turn();
    expect(log.status()).toMatchObject({ commitIndex: 6, appliedIndex: 1 });
    expect(await codeOf(log.propose(bytes('x')))).toBe('overloaded');
    consumer.reopen();
    await Promise.all(waiting);
    expect(await log.readIndex()).toBe(6);
  });

  it('refuses proposals as long as too much waits for the consumer', async () => {
    const { log, consumer, world } = await aNode({ limits: { maxUnappliedBytes: 10_000 } });
    consumer.close();
    const waiting = Array.from({ length: 12 }, () => log.propose(Buffer.alloc(1000)));
    await world.clock.advance(20);
    expect(await codeOf(log.propose(bytes('x')))).toBe('overloaded');
    consumer.reopen();
    await Promise.all(waiting);
    expect(await codeOf(log.propose(bytes('x')))).toBe('resolved');
  });

  it('never applies what its own sync has not covered', async () => {
    const { log, consumer, fileSystem } = await aNode();
    fileSystem.beginStall();
    const proposal = log.propose(bytes('x'));
    await turn();
    expect(consumer.commands).toEqual([]);
    expect(await log.readIndex()).toBe(1);
    fileSystem.endStall();
    await proposal;
    expect(await log.readIndex()).toBe(2);
  });

  it('tells its owner once when a sync fails, and does not know what became of the proposals under way', async () => {
    const node = await aNode();
    const { log, disk, fatal } = node;
    const { syncs } = disk;
    disk.failNext('sync');
    const under = Array.from({ length: 4 }, () => codeOf(log.propose(bytes('x'))));
    expect(await Promise.all(under)).toEqual(Array.from({ length: 4 }, () => 'outcome-unknown'));
    expect(await codeOf(log.propose(bytes('x')))).toBe('stopped');
    expect(await codeOf(log.readIndex())).toBe('stopped');
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toBeInstanceOf(LogPoisoned);
    expect(disk.syncs).toBe(syncs + 1);
    await expect(node.open(configuration([]))).rejects.toThrow(DirectoryInUse);
    await Promise.all([log.stop(), log.stop()]);
    await node.restart();
    expect(node.consumer.commands.length).toBeLessThanOrEqual(4);
  });

  it('tells its owner when the consumer throws, and applies nothing after that', async () => {
    const { log, consumer, fatal } = await aNode();
    consumer.throwAt = 3;
    const outcomes = await Promise.all(['a', 'b', 'c'].map((text) => codeOf(log.propose(bytes(text)))));
    expect(outcomes).toEqual(['outcome-unknown', 'outcome-unknown', 'outcome-unknown']);
    expect(fatal.map(({ message }) => message)).toEqual(['cannot apply 3']);
    expect(consumer.commands).toEqual(['a']);
    expect(log.status()).toMatchObject({ role: 'follower', leaderId: null });
  });

  it('finishes what is in flight when it stops, and takes nothing more', async () => {
    const node = await aNode();
    const proposals = Array.from({ length: 20 }, () => node.log.propose(bytes('x')));
    const stopped = node.log.stop();
    expect(await codeOf(node.log.propose(bytes('y')))).toBe('stopped');
    await node.world.clock.settled(stopped);
    await Promise.all(proposals);
    expect(node.consumer.commands).toHaveLength(20);
    node.disk.losePower();
    await node.restart();
    expect(node.consumer.commands).toHaveLength(20);
  });

  it('stops in bounded time while the consumer takes nothing', async () => {
    const { log, consumer, world } = await aNode({ limits: { stopMs: 500 } });
    consumer.close();
    const proposal = codeOf(log.propose(bytes('x')));
    await world.clock.settled(log.stop(), 1_000);
    expect(await proposal).toBe('outcome-unknown');
  });

  it('holds the bytes as they were when they were proposed', async () => {
    const { log, consumer } = await aNode();
    const data = bytes('before');
    const proposal = log.propose(data);
    data.fill('x');
    await proposal;
    expect(consumer.commands).toEqual(['before']);
  });

  it('does not know the outcome of a proposal whose time is over while the disk hangs', async () => {
    const { log, fileSystem, world } = await aNode();
    fileSystem.beginStall();
    const proposal = codeOf(log.propose(bytes('x'), { deadlineMs: world.clock.time + 300 }));
    await world.clock.advance(290);
    expect(log.status().pendingProposals).toBe(1);
    await world.clock.advance(30);
    expect(await proposal).toBe('outcome-unknown');
    fileSystem.endStall();
    expect(await codeOf(log.propose(bytes('y')))).toBe('resolved');
  });
});
