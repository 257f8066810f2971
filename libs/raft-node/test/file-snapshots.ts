import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommittedEntry } from '../src/replicated-log';
import type { HistoryPart, SnapshotPosition, StateSnapshots } from '../src/state-snapshots';
import type { RecordingConsumer } from './recording-consumer';

interface Kept {
  readonly index: number;
  readonly term: number;
  readonly at: number;
  readonly data: string | null;
  readonly membership?: string | null;
}

/**
 * Snapshots of a recording consumer: the position and an amount of ballast in two files, the entries themselves as
 * history, a few at a time. Each step can be made to fail, or to die.
 */
export class FileSnapshots implements StateSnapshots {
  taken = 0;
  installs: SnapshotPosition[] = [];
  historyRequests: (string | null)[] = [];
  /** Entries in one part of the history. */
  part = 5;
  beforeTake: () => Promise<void> = () => Promise.resolve();
  beforeInstall: () => Promise<void> = () => Promise.resolve();
  afterInstall: () => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly consumer: () => RecordingConsumer,
    private readonly ballast = 1_000_000,
  ) {}

  async take(directory: string): Promise<SnapshotPosition> {
    await this.beforeTake();
    this.taken += 1;
    const { entries } = this.consumer();
    const { index, term } = entries.at(-1)!;
    await writeFile(join(directory, 'state'), JSON.stringify({ index, term }));
    await writeFile(join(directory, 'ballast'), Buffer.alloc(this.ballast, 'b'));
    return { index, term };
  }

  history(after: number, upTo: number, cursor: string | null): Promise<HistoryPart> {
    this.historyRequests.push(cursor);
    const from = Math.max(after, Number(cursor ?? 0));
    const part = this.consumer()
      .entries.filter(({ index }) => index > from && index <= upTo)
      .slice(0, this.part);
    const last = part.at(-1)?.index ?? upTo;
    const lines = part.map((entry) => `${JSON.stringify({ ...entry, data: entry.data && String(entry.data) })}\n`);
    return Promise.resolve({ chunk: Buffer.from(lines.join('')), next: last < upTo ? String(last) : null });
  }

  async install(directory: string, snapshot: SnapshotPosition & { readonly membership: string }): Promise<void> {
    await this.beforeInstall();
    const names = (await readdir(directory)).sort();
    if (names.join() !== 'ballast,history,state') throw new Error(`the snapshot consists of ${names.join()}`);
    const ballast = await readFile(join(directory, 'ballast'));
    if (ballast.length !== this.ballast || ballast.some((byte) => byte !== 98)) throw new Error('the ballast differs');
    const state = JSON.parse(await readFile(join(directory, 'state'), 'utf8')) as SnapshotPosition;
    if (state.index !== snapshot.index || state.term !== snapshot.term) throw new Error('another snapshot');
    const history = (await readFile(join(directory, 'history'), 'utf8')).split('\n').filter((line) => line !== '');
    const consumer = this.consumer();
    const held = new Map(consumer.entries.map((entry) => [entry.index, entry]));
    for (const line of history) {
      const entry = JSON.parse(line) as Kept;
      held.set(entry.index, { ...entry, data: entry.data === null ? null : Buffer.from(entry.data) });
    }
    const entries: CommittedEntry[] = [...held.values()].sort((a, b) => a.index - b.index);
    if (entries.some(({ index }, position) => index !== position + 1)) throw new Error('the history has a gap');
    consumer.entries = entries.filter(({ index }) => index <= snapshot.index);
    consumer.appliedIndex = snapshot.index;
    consumer.membership = snapshot.membership;
    this.installs.push({ index: snapshot.index, term: snapshot.term });
    await this.afterInstall();
  }
}
