import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aTemporaryDirectory } from '../test/a-log';
import { compileSources } from '../test/compiled-sources';
import type * as Library from './index';
import { RecordingConsumer } from '../test/recording-consumer';

const CHILD = join(__dirname, '..', 'test', 'writing-child.cjs');
const SETTINGS = { segmentBytes: 256 << 10, keptEntries: 256 };
const KILLS = Number(process.env.WAL_KILLS ?? 8);

describe('the log in its own thread, on the operating system', () => {
  let world: ReturnType<typeof aTemporaryDirectory>;
  let entryPoint: string;
  let library: typeof Library;
  let data: string;

  beforeAll(async () => {
    world = aTemporaryDirectory();
    entryPoint = compileSources(join(world.directory, 'library'));
    library = (await import(entryPoint)) as typeof Library;
  });
  afterAll(() => world.remove());
  beforeEach(() => {
    data = join(world.directory, `data-${Math.trunc(performance.now() * 1000)}`);
    mkdirSync(data);
  });

  function open(): ReturnType<typeof library.openRaftLog<string>> {
    const onFatal = (error: Error): void => {
      throw error;
    };
    return library.openRaftLog<string>({
      directory: data,
      nodeId: 'node-1',
      begin: library.loneMember('node-1'),
      onFatal,
      limits: SETTINGS,
    });
  }

  function contentOf(directory: string): Map<string, string> {
    const digest = (name: string): string =>
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex');
    return new Map(readdirSync(directory).map((name) => [name, digest(name)]));
  }

  /** The acknowledgements that a child printed before it was killed at a random moment. */
  async function acknowledgedByAKilledChild(): Promise<Map<number, string>> {
    const child = spawn(process.execPath, [CHILD, entryPoint, data, JSON.stringify(SETTINGS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await once(child.stdout, 'data');
    await sleep(Math.random() * 400);
    child.kill('SIGKILL');
    await once(child, 'close');
    return linesOf(output);
  }

  function linesOf(output: string): Map<number, string> {
    const lines = output.split('\n').slice(1, -1);
    return new Map(lines.map((line) => [Number(line.slice(0, line.indexOf(' '))), line.slice(line.indexOf(' ') + 1)]));
  }

  /** What the log does not hold of it. */
  async function lostOf(acknowledged: ReadonlyMap<number, string>) {
    const log = await open();
    const consumer = new RecordingConsumer();
    await log.start(consumer);
    const held = new Map(
      consumer.entries.map(({ index, data: held }) => [
        index,
        held === null ? null : Buffer.from(held).toString().trim(),
      ]),
    );
    return { lost: [...acknowledged].filter(([index, text]) => held.get(index) !== text), consumer, log };
  }

  it('writes nothing after a pause in which another took its directory, and acknowledges only what that one has', async () => {
    const child = spawn(process.execPath, [CHILD, entryPoint, data, JSON.stringify(SETTINGS)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    await sleep(300);
    child.kill('SIGSTOP');
    // Another container of the same machine: its processes cannot be looked up, only the beat tells.
    const lock = join(data, 'lock');
    const owner = JSON.parse(readFileSync(lock, 'utf8')) as { world: string };
    writeFileSync(lock, JSON.stringify({ ...owner, world: `${owner.world.split(' ')[0]} pid:[1]` }));
    const unlock = await library.lockDirectory(data);
    const before = contentOf(data);
    child.kill('SIGCONT');
    expect(await closed).toEqual([null, 'SIGKILL']);
    expect(errors).toContain(`was taken by process ${process.pid}`);
    expect(contentOf(data)).toEqual(before);
    unlock();
    // What was on the disk and committed before the pause may be told after it.
    const acknowledged = linesOf(output);
    expect(acknowledged.size).toBeGreaterThan(2);
    const { lost, log } = await lostOf(acknowledged);
    expect(lost).toEqual([]);
    await log.stop();
  }, 30_000);

  it('has every acknowledged proposal after each kill -9, once, in order, and opens without a hand', async () => {
    const acknowledged = new Map<number, string>();
    for (let round = 0; round < KILLS; round += 1) {
      for (const [index, text] of await acknowledgedByAKilledChild()) acknowledged.set(index, text);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS * 10);
    const { lost, consumer, log } = await lostOf(acknowledged);
    expect(consumer.entries.map(({ index }) => index)).toEqual(consumer.entries.map((_, position) => position + 1));
    expect(lost).toEqual([]);
    expect(new Set(consumer.commands).size).toBe(consumer.commands.length);
    // A disk that is slow to keep the vote begins an election anew.
    expect(log.status().term).toBeGreaterThan(KILLS);
    await log.stop();
  }, 60_000);

  it('releases segments, reads on after a restart, and refuses a database that fell behind', async () => {
    const log = await open();
    const consumer = new RecordingConsumer();
    await log.start(consumer);
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => log.propose(Buffer.from(`${i}`.padEnd(300)))));
    }
    log.release(consumer.appliedIndex);
    await log.stop();
    const again = await open();
    const { firstIndex, lastIndex } = again.status();
    expect(firstIndex).toBeGreaterThan(2_000);
    expect(lastIndex).toBe(3_001);
    await expect(again.start(new RecordingConsumer(0))).rejects.toThrow(library.LogMismatch);
    const late = new RecordingConsumer(firstIndex - 1);
    await again.start(late);
    expect(late.appliedIndex).toBe(3_002);
    await again.stop();
  });

  it('tells of damage with the file and the offset, across the threads', async () => {
    const log = await open();
    await log.start(new RecordingConsumer());
    await log.propose(Buffer.from('x'.repeat(300)));
    await log.propose(Buffer.from('y'.repeat(300)));
    await log.stop();
    const file = openSync(join(data, '0000000000000001.wal'), 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, 700);
    byte[0]! ^= 1;
    writeSync(file, byte, 0, 1, 700);
    closeSync(file);
    const refusal = await open().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(library.LogDamaged);
    expect(String(refusal)).toMatch(/0000000000000001\.wal at byte \d+: .*good one follows/);
  });

  it('does not open twice', async () => {
    const log = await open();
    await expect(open()).rejects.toThrow(library.DirectoryInUse);
    await log.stop();
    await (await open()).stop();
  });
});
