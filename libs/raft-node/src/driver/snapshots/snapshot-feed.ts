import type { Configuration, MemberId, Snapshot, SnapshotMessage } from '@config-guardian/raft';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock';
import type { StateSnapshots } from '../../state-snapshots';
import { PeerError } from '../../transport/transport';
import { encodeManifest } from './manifest';
import type { ManifestFile } from './manifest';
import type { ChunkRequest, HistoryRequest, Outcome } from './parts';
import { CHUNK_BYTES, encodePart, sha256Of } from './parts';

export interface FeedParts {
  readonly directory: string;
  readonly nodeId: string;
  readonly snapshots: StateSnapshots;
  readonly clock: Clock;
  /** Below it the log is gone: a snapshot has to reach at least here. */
  readonly logBegins: () => number;
  readonly configurationAt: (index: number) => Configuration | undefined;
  /** How the journey of a snapshot message ended. */
  readonly report: (member: MemberId, outcome: 'sent' | 'failed', index: number) => void;
  readonly warn: (message: string) => void;
}

interface Prepared {
  readonly id: string;
  readonly directory: string;
  readonly snapshot: Snapshot;
  readonly files: readonly ManifestFile[];
  usedAt: number;
}

/** A member that says nothing for so long is not fed any more. */
const SILENCE_MS = 30_000;
/** Content that nobody asks for stays a while longer: a member that restarts goes on where it stopped. */
const KEPT_MS = 120_000;
const RETRY_MS = 5_000;
/** After a part that took long because the disk was slow, which costs nobody anything. */
const MOST_REST_MS = 100;

/** Takes a snapshot when a member needs one, and serves its content to whoever pulls it. */
export class SnapshotFeed {
  private prepared: Prepared | undefined;
  private taking: { readonly from: number } | undefined;
  private failedAt = -Infinity;
  private readonly fed = new Map<MemberId, { readonly id: string; readonly index: number; heardAt: number }>();
  private ended = false;

  constructor(private readonly parts: FeedParts) {}

  /** What is left of an earlier life: nobody can ask for it any more. */
  async begin(): Promise<void> {
    await mkdir(this.parts.directory, { recursive: true });
    for (const name of await readdir(this.parts.directory)) {
      if (name.startsWith('out-')) await rm(join(this.parts.directory, name), { recursive: true, force: true });
    }
  }

  /** Null until one has been taken; the core asks again. */
  give(): Snapshot | null {
    const { clock, logBegins } = this.parts;
    const { prepared } = this;
    if (prepared !== undefined && prepared.snapshot.index >= logBegins() - 1) {
      prepared.usedAt = clock.monotonic();
      return prepared.snapshot;
    }
    if (this.taking === undefined && !this.ended && clock.monotonic() - this.failedAt >= RETRY_MS) void this.take();
    return null;
  }

  /** What a member that is being fed, or is about to be, will need of the log after its snapshot. */
  get heldIndex(): number | undefined {
    return this.taking?.from ?? this.prepared?.snapshot.index;
  }

  /** The core has sent the snapshot's name to a member. */
  sent({ to, snapshot }: SnapshotMessage): void {
    const { prepared } = this;
    if (prepared?.snapshot.index !== snapshot.index) return this.parts.report(to, 'failed', snapshot.index);
    this.fed.set(to, { id: prepared.id, index: snapshot.index, heardAt: this.parts.clock.monotonic() });
  }

  async serve(method: string, body: Uint8Array, from: MemberId): Promise<Uint8Array> {
    const request = JSON.parse(Buffer.from(body).toString()) as { readonly id: string };
    if (method === 'snapshot/done') return this.done(from, request as { id: string; outcome: Outcome });
    const { prepared } = this;
    if (prepared === undefined || prepared.id !== request.id) {
      throw new PeerError('snapshot-gone', 'This snapshot is not kept any more.');
    }
    const now = this.parts.clock.monotonic();
    prepared.usedAt = now;
    const fed = this.fed.get(from);
    if (fed !== undefined) fed.heardAt = now;
    const part = await this.part(prepared, method, request);
    // Feeding takes half of this node's time at most: the other half is its clients'.
    const rest = Math.min(MOST_REST_MS, this.parts.clock.monotonic() - now);
    if (rest >= 1) await new Promise<void>((resolve) => this.parts.clock.after(rest, resolve));
    return part;
  }

  private part(prepared: Prepared, method: string, request: object): Promise<Uint8Array> | Uint8Array {
    switch (method) {
      case 'snapshot/chunk':
        return this.chunk(prepared, request as ChunkRequest);
      case 'snapshot/history':
        return this.history(prepared, request as HistoryRequest);
      case 'snapshot/alive':
        return nothing;
      default:
        throw new PeerError('unknown-method', `This node does not know ${method}.`);
    }
  }

  tick(now: number): void {
    for (const [member, { heardAt, index }] of this.fed) {
      if (now - heardAt < SILENCE_MS) continue;
      this.fed.delete(member);
      this.parts.report(member, 'failed', index);
    }
    const { prepared } = this;
    if (prepared !== undefined && this.fed.size === 0 && now - prepared.usedAt >= KEPT_MS) this.drop(prepared);
  }

  end(): void {
    this.ended = true;
    if (this.prepared !== undefined) this.drop(this.prepared);
  }

  private async take(): Promise<void> {
    const { directory: parent, snapshots, logBegins, clock, nodeId, configurationAt, warn } = this.parts;
    this.taking = { from: logBegins() - 1 };
    if (this.prepared !== undefined) this.drop(this.prepared);
    const id = randomBytes(16).toString('hex');
    const directory = join(parent, `out-${id}`);
    try {
      await mkdir(directory, { recursive: true });
      const { index, term } = await snapshots.take(directory);
      const files = await filesIn(directory);
      const configuration = configurationAt(index);
      if (configuration === undefined) throw new Error(`the members at index ${index} are not known any more`);
      const snapshot = { index, term, configuration, data: encodeManifest({ id, nodeId, files }) };
      if (this.ended) throw new Error('the node stops');
      this.prepared = { id, directory, snapshot, files, usedAt: clock.monotonic() };
    } catch (error) {
      this.failedAt = clock.monotonic();
      if (!this.ended) warn(`No snapshot could be taken: ${error instanceof Error ? error.message : String(error)}`);
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    } finally {
      this.taking = undefined;
    }
  }

  private done(from: MemberId, { id, outcome }: { readonly id: string; readonly outcome: Outcome }): Uint8Array {
    const fed = this.fed.get(from);
    if (fed?.id !== id) return nothing;
    this.fed.delete(from);
    this.parts.report(from, outcome === 'failed' ? 'failed' : 'sent', fed.index);
    return nothing;
  }

  private async chunk(prepared: Prepared, { file, offset }: ChunkRequest): Promise<Uint8Array> {
    const named = prepared.files.find(({ name }) => name === file);
    if (named === undefined || !Number.isSafeInteger(offset) || offset < 0 || offset > named.size) {
      throw new PeerError('malformed', 'The snapshot has no such part.');
    }
    const handle = await open(join(prepared.directory, named.name), 'r');
    try {
      const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, named.size - offset));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      return encodePart(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  }

  private async history({ snapshot }: Prepared, { after, cursor }: HistoryRequest): Promise<Uint8Array> {
    if (!Number.isSafeInteger(after) || (cursor !== null && typeof cursor !== 'string')) {
      throw new PeerError('malformed', 'The history has no such part.');
    }
    const { chunk, next } = await this.parts.snapshots.history(after, snapshot.index, cursor);
    return encodePart(chunk, next);
  }

  private drop(prepared: Prepared): void {
    this.prepared = undefined;
    rm(prepared.directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

const nothing = new Uint8Array(0);

async function filesIn(directory: string): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    files.push({ name, size: (await stat(path)).size, sha256: await sha256Of(path) });
  }
  return files;
}
