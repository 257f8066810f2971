import { mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock';
import type { Transport } from '../../transport/transport';
import { PeerError } from '../../transport/transport';
import type { Manifest, ManifestFile } from './manifest';
import { HISTORY_FILE } from './manifest';
import { decodePart, sha256Of } from './parts';

export interface PullParts {
  readonly manifest: Manifest;
  /** Where the content goes. */
  readonly directory: string;
  /** The database holds everything up to here for good: the history after it is asked for. */
  readonly after: number;
  readonly link: Pick<Transport, 'request'>;
  readonly clock: Clock;
}

/** How far the history has come: kept beside the content, so that another life goes on from there. */
interface HistoryProgress {
  readonly after: number;
  readonly bytes: number;
  readonly cursor: string | null;
  readonly ended: boolean;
}

const REQUEST_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Without any progress for so long, whoever has the snapshot is gone. */
const PATIENCE_MS = 60_000;

/** Fetches the content of one snapshot, part by part; what is there already is not fetched again. */
export class SnapshotPull {
  private cancelled = false;

  constructor(private readonly parts: PullParts) {}

  cancel(): void {
    this.cancelled = true;
  }

  async run(): Promise<void> {
    const { manifest, directory } = this.parts;
    await mkdir(directory, { recursive: true });
    for (const file of manifest.files) await this.file(file);
    await this.history();
  }

  static progressFile(directory: string): string {
    return `${directory}.json`;
  }

  private async file(file: ManifestFile): Promise<void> {
    const path = join(this.parts.directory, file.name);
    if ((await sizeOf(path)) > file.size) await rm(path);
    await this.fetch(path, file);
    if ((await sha256Of(path)) === file.sha256) return;
    // Written by a life that lost power: the length may be right and the bytes not.
    await rm(path);
    await this.fetch(path, file);
    if ((await sha256Of(path)) !== file.sha256)
      throw new Error(`${file.name} of the snapshot is not what was announced`);
  }

  private async fetch(path: string, { name, size }: ManifestFile): Promise<void> {
    const { id } = this.parts.manifest;
    await appending(path, async (out) => {
      for (let offset = (await out.stat()).size; offset < size;) {
        const { part } = await this.ask('snapshot/chunk', { id, file: name, offset });
        if (part.length === 0) throw new Error(`${name} of the snapshot ends at ${offset} of ${size} bytes`);
        await out.write(part);
        offset += part.length;
      }
      await out.sync();
    });
  }

  private async history(): Promise<void> {
    const { directory, manifest } = this.parts;
    const path = join(directory, HISTORY_FILE);
    const { after, ...kept } = await this.progress();
    let { bytes, cursor, ended } = kept;
    await appending(path, async (out) => {
      await truncate(path, bytes);
      while (!ended) {
        const { part, next } = await this.ask('snapshot/history', { id: manifest.id, after, cursor });
        await out.write(part);
        await out.sync();
        [bytes, cursor, ended] = [bytes + part.length, next, next === null];
        await this.keep({ after, bytes, cursor, ended });
      }
    });
  }

  private async progress(): Promise<HistoryProgress> {
    const { directory, after } = this.parts;
    const fresh = { after, bytes: 0, cursor: null, ended: false };
    try {
      const kept = JSON.parse(await readFile(SnapshotPull.progressFile(directory), 'utf8')) as HistoryProgress;
      const held = await sizeOf(join(directory, HISTORY_FILE));
      // A database that has lost commits since needs more of the history than was asked for.
      return kept.after <= after && kept.bytes <= held ? kept : fresh;
    } catch {
      return fresh;
    }
  }

  private async keep(progress: HistoryProgress): Promise<void> {
    const path = SnapshotPull.progressFile(this.parts.directory);
    await writeFile(`${path}.draft`, JSON.stringify(progress), { flush: true });
    await rename(`${path}.draft`, path);
  }

  /** Asks until there is an answer: connections break, and the node may be back in a moment. */
  private async ask(method: string, request: object): Promise<ReturnType<typeof decodePart>> {
    const { link, clock, manifest } = this.parts;
    const body = Buffer.from(JSON.stringify(request));
    const from = clock.monotonic();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      if (this.cancelled) throw new Error('another snapshot took its place');
      try {
        return decodePart(await link.request(manifest.nodeId, method, body, { timeoutMs: REQUEST_MS, lane: 'bulk' }));
      } catch (error) {
        const passes = error instanceof RangeError || (error instanceof PeerError && transient.has(error.code));
        if (!passes || clock.monotonic() - from > PATIENCE_MS) throw error;
        await new Promise<void>((resolve) => clock.after(pause, resolve));
      }
    }
  }
}

const transient = new Set(['unreachable', 'timeout', 'disconnected', 'refused', 'not-leader', 'failed']);

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function appending(path: string, work: (out: FileHandle) => Promise<void>): Promise<void> {
  const out = await open(path, 'a');
  try {
    await work(out);
  } finally {
    await out.close();
  }
}
