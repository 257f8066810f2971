import { aNode, bytes, RecordingConsumer } from '../test/a-node';
import { DirectoryInUse } from './disk/file-system';
import { LogError } from './replicated-log';
import { LogMismatch } from './single-node-log';
import { LogPoisoned } from './wal/log-damage';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof LogError ? error.code : String(error)),
  );
}

describe('the log of a group of one', () => {
  it('resolves a proposal with its index, term and result, after it is durable and applied', async () => {
    const { started, disk } = aNode();
    const { log, consumer } = await started();
    const proposed = await log.propose(bytes('a'));
    expect(proposed).toEqual({ index: 2, term: 1, result: 'result 2' });
    disk.losePower();
    const again = await started();
    expect(again.consumer.commands).toEqual(['a']);
    expect(consumer.entries[1]).toEqual(again.consumer.entries[1]);
  });

  it('begins each life as a leader does: a new term, its own vote, an entry without a command', async () => {
    const { started, disk } = aNode();
    const first = await started();
    await first.log.stop();
    const { log, consumer } = await started();
    expect(log.status()).toMatchObject({
      role: 'leader',
      leaderId: 'node-1',
      term: 2,
      firstIndex: 1,
      lastIndex: 2,
      commitIndex: 2,
      appliedIndex: 2,
    });
    expect(consumer.entries.map(({ term, data }) => [term, data])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect(disk.list('/log')).toHaveLength(1);
  });

  it('mints a random cluster id and incarnation once', async () => {
    const world = aNode();
    const { log } = await world.started();
    await log.stop();
    const again = await world.open();
    expect(again.identity).toEqual(log.identity);
    const other = await aNode().open();
    expect(other.identity.clusterId).not.toBe(log.identity.clusterId);
    expect(other.identity.incarnation).not.toBe(log.identity.incarnation);
  });

  it('gathers what is proposed while a sync runs into one batch', async () => {
    const { started, disk } = aNode();
    const { log, consumer } = await started();
    const before = disk.syncs;
    const proposals = await Promise.all(Array.from({ length: 500 }, (_, i) => log.propose(bytes(`c${i}`))));
    expect(proposals.map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, i) => i + 2));
    expect(disk.syncs - before).toBeLessThan(20);
    expect(consumer.commands).toEqual(Array.from({ length: 500 }, (_, i) => `c${i}`));
  });

  it('lets the batch that forms behind a stalled sync go out as one, within the caps', async () => {
    const { started, fileSystem } = aNode();
    const { log, consumer } = await started({ limits: { maxBatchEntries: 10, maxBatchBytes: 1000 } });
    fileSystem.beginStall();
    const small = Array.from({ length: 25 }, () => log.propose(bytes('x')));
    const large = Array.from({ length: 3 }, () => log.propose(bytes('y'.repeat(600))));
    fileSystem.endStall();
    await Promise.all([...small, ...large]);
    expect(consumer.batches).toEqual([1, 10, 10, 6, 1, 1]);
  });

  it('stamps times that never go back, in one life, over a restart, and while the wall clock jumps', async () => {
    const world = aNode();
    let now = 5_000;
    const clock = (): number => now;
    const first = await world.started({ clock });
    await first.log.propose(bytes('a'));
    now = 1_000;
    await first.log.propose(bytes('b'));
    await first.log.stop();
    const second = await world.started({ clock });
    now = 2 ** 42;
    await second.log.propose(bytes('c'));
    expect(second.consumer.entries.map(({ at }) => at)).toEqual([5_000, 5_000, 5_000, 5_000, 2 ** 42]);
  });

  it('keeps the newest time when all other entries are released', async () => {
    const world = aNode();
    const first = await world.started({ clock: () => 9_000 });
    for (let i = 0; i < 100; i += 1) await first.log.propose(bytes('x'.repeat(300)));
    first.log.release(101);
    await first.log.stop();
    const log = await world.open({ clock: () => 1 });
    const consumer = new RecordingConsumer(101);
    expect(log.status().firstIndex).toBeGreaterThan(50);
    await log.start(consumer);
    expect(consumer.entries.map(({ at }) => at)).toEqual([9_000]);
  });

  it('replays what the consumer has not seen, in batches, as fast as it takes them', async () => {
    const world = aNode();
    const { log } = await world.started({ limits: { segmentBytes: 1 << 20 } });
    await Promise.all(Array.from({ length: 50 }, (_, i) => log.propose(bytes(`${i} ${'x'.repeat(60_000)}`))));
    await log.stop();
    const again = await world.open();
    const consumer = new RecordingConsumer(11);
    consumer.close();
    const starting = again.start(consumer);
    expect(await codeOf(again.propose(bytes('early')))).toBe('no-leader');
    expect(await codeOf(again.readIndex())).toBe('no-leader');
    expect(consumer.batches).toEqual([]);
    consumer.reopen();
    await starting;
    expect(consumer.batches.length).toBeGreaterThan(3);
    expect(consumer.commands.map((text) => text.split(' ')[0])).toEqual(
      Array.from({ length: 40 }, (_, i) => String(i + 10)),
    );
  });

  it('refuses a database that is ahead of it, or behind its first entry, and says what to do', async () => {
    const world = aNode();
    const { log } = await world.started();
    for (let i = 0; i < 100; i += 1) await log.propose(bytes('x'.repeat(300)));
    log.release(101);
    await log.stop();
    const again = await world.open();
    await expect(again.start(new RecordingConsumer(102))).rejects.toThrow(
      /database is ahead of the log.*entries \d+ to 101.*applied 102.*Restore DATA_DIR/,
    );
    const { firstIndex } = again.status();
    await expect(again.start(new RecordingConsumer(firstIndex - 2))).rejects.toThrow(
      /behind the log's first entry.*restore DATA_DIR/,
    );
    await again.start(new RecordingConsumer(firstIndex - 1));
    expect(world.fatal).toEqual([]);
  });

  it('refuses another node id, and a second opener', async () => {
    const world = aNode();
    const { log } = await world.started();
    await expect(world.open()).rejects.toThrow(DirectoryInUse);
    await log.stop();
    await expect(world.open({ nodeId: 'node-2' })).rejects.toThrow(LogMismatch);
    await (await world.open()).stop();
  });

  it('refuses what is too large, and what finds the queue full, and serves again when the disk does', async () => {
    const { started, fileSystem } = aNode();
    const { log } = await started({ limits: { maxEntryBytes: 1000, maxPending: 8, maxPendingBytes: 4000 } });
    expect(await codeOf(log.propose(Buffer.alloc(1001)))).toBe('too-large');
    fileSystem.beginStall();
    const waiting = Array.from({ length: 8 }, () => log.propose(bytes('x')));
    expect(await codeOf(log.propose(bytes('x')))).toBe('overloaded');
    expect(log.status().pendingProposals).toBe(8);
    fileSystem.endStall();
    await Promise.all(waiting);
    fileSystem.beginStall();
    const heavy = Array.from({ length: 3 }, () => log.propose(Buffer.alloc(1000)));
    expect(await codeOf(log.propose(Buffer.alloc(1000)))).toBe('overloaded');
    fileSystem.endStall();
    await Promise.all(heavy);
    expect(log.status()).toMatchObject({ pendingProposals: 0, appliedIndex: 12 });
  });

  it('counts what is durable and not yet applied against the queue, while the consumer takes nothing', async () => {
    const { started } = aNode();
    const { log, consumer } = await started({ limits: { maxPending: 5 } });
    consumer.close();
    const waiting = Array.from({ length: 5 }, () => log.propose(bytes('x')));
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.status()).toMatchObject({ commitIndex: 6, appliedIndex: 1 });
    expect(await codeOf(log.propose(bytes('x')))).toBe('overloaded');
    consumer.reopen();
    await Promise.all(waiting);
    expect(await log.readIndex()).toBe(6);
  });

  it('never applies what its own sync has not covered', async () => {
    const { started, fileSystem } = aNode();
    const { log, consumer } = await started();
    fileSystem.beginStall();
    const proposal = log.propose(bytes('x'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(consumer.commands).toEqual([]);
    expect(await log.readIndex()).toBe(1);
    fileSystem.endStall();
    await proposal;
    expect(await log.readIndex()).toBe(2);
  });

  it('tells its owner once when a sync fails, and does not know what became of the proposals under way', async () => {
    const { started, disk, fatal } = aNode();
    const { log } = await started({ limits: { maxBatchEntries: 2 } });
    const { syncs } = disk;
    disk.failNext('sync');
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => codeOf(log.propose(bytes('x')))));
    expect(outcomes).toEqual(['outcome-unknown', 'outcome-unknown', 'stopped', 'stopped']);
    expect(await codeOf(log.propose(bytes('x')))).toBe('stopped');
    expect(await codeOf(log.readIndex())).toBe('stopped');
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toBeInstanceOf(LogPoisoned);
    expect(disk.syncs).toBe(syncs + 1);
    await expect(started()).rejects.toThrow(DirectoryInUse);
    await Promise.all([log.stop(), log.stop()]);
    const again = await started();
    expect(again.consumer.commands.length).toBeLessThanOrEqual(2);
  });

  it('tells its owner when the consumer throws, and applies nothing after that', async () => {
    const { started, fatal } = aNode();
    const { log, consumer } = await started();
    consumer.throwAt = 3;
    const outcomes = await Promise.all(['a', 'b', 'c'].map((text) => codeOf(log.propose(bytes(text)))));
    expect(outcomes).toEqual(['outcome-unknown', 'outcome-unknown', 'outcome-unknown']);
    expect(fatal.map(({ message }) => message)).toEqual(['cannot apply 3']);
    expect(consumer.commands).toEqual(['a']);
  });

  it('finishes what is in flight when it stops, and takes nothing more', async () => {
    const { started, disk } = aNode();
    const { log, consumer } = await started();
    const proposals = Array.from({ length: 20 }, () => log.propose(bytes('x')));
    const stopped = log.stop();
    expect(await codeOf(log.propose(bytes('y')))).toBe('stopped');
    await stopped;
    await Promise.all(proposals);
    expect(consumer.commands).toHaveLength(20);
    disk.losePower();
    expect((await started()).consumer.commands).toHaveLength(20);
  });

  it('holds the bytes as they were when they were proposed', async () => {
    const { started } = aNode();
    const { log, consumer } = await started();
    const data = bytes('before');
    const proposal = log.propose(data);
    data.fill('x');
    await proposal;
    expect(consumer.commands).toEqual(['before']);
  });
});
