import type { Snapshot, SnapshotMessage } from '@config-guardian/raft';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock';
import type { LogConsumer } from '../../replicated-log';
import type { Transport } from '../../transport/transport';
import type { Manifest } from './manifest';
import { decodeManifest } from './manifest';
import type { Outcome } from './parts';
import { SnapshotPull } from './snapshot-pull';

export interface IntakeParts {
  readonly directory: string;
  readonly consumer: Pick<LogConsumer<unknown>, 'appliedIndex' | 'snapshots'>;
  readonly link: Pick<Transport, 'request'>;
  readonly clock: Clock;
  /** The database holds everything up to here for good. */
  readonly durableIndex: () => number;
  /** The core would take no content for it: the log has it all. */
  readonly isCovered: (snapshot: Snapshot) => boolean;
  /** Gives the message to the core, and takes what comes of it. */
  readonly step: (message: SnapshotMessage) => void;
  readonly warn: (message: string) => void;
}

interface Coming {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly pull: SnapshotPull;
  /** The newest that spoke of it: an earlier one may be of a term that is over. */
  message: SnapshotMessage;
  state: 'pulling' | 'complete' | 'installing' | 'installed';
}

const TELL_MS = 5_000;

/**
 * Holds a snapshot message back until its content is here, so that the core never waits in the middle; then the core
 * decides, and what it hands out is installed. One at a time; content that comes again with the same name goes on where
 * it stopped, in this life or the next.
 */
export class SnapshotIntake {
  private coming: Coming | undefined;
  private toldAt = 0;

  constructor(private readonly parts: IntakeParts) {}

  receive(message: SnapshotMessage): void {
    const { step, isCovered, warn } = this.parts;
    let manifest: Manifest;
    try {
      manifest = decodeManifest(message.snapshot.data);
    } catch (error) {
      return warn(`A snapshot cannot be read: ${String(error)}`);
    }
    if (isCovered(message.snapshot)) {
      step(message);
      return this.tell(manifest, 'stale');
    }
    const { coming } = this;
    if (coming?.manifest.id === manifest.id) {
      coming.message = message;
      if (coming.state === 'complete') this.offer(coming);
    } else if (coming === undefined || coming.state === 'pulling' || coming.state === 'complete') {
      coming?.pull.cancel();
      void this.pull(manifest, message);
    }
  }

  /** The core wants it. */
  handedOut(): void {
    if (this.coming?.state === 'complete') this.coming.state = 'installing';
  }

  /** Resolves when the consumer has it. */
  async install(snapshot: Snapshot): Promise<void> {
    const { coming } = this;
    const { consumer } = this.parts;
    if (coming?.state !== 'installing' || consumer.snapshots === undefined) {
      throw new Error('A snapshot is to be installed whose content is not here.');
    }
    const { index, term, configuration } = snapshot;
    await consumer.snapshots.install(coming.directory, { index, term, membership: JSON.stringify(configuration) });
    if (consumer.appliedIndex !== index) {
      throw new Error(`The consumer stands at ${consumer.appliedIndex} after the snapshot of ${index} was installed.`);
    }
    coming.state = 'installed';
  }

  /** The log goes on after it. */
  settled(): void {
    if (this.coming?.state === 'installed') this.finish(this.coming, 'installed');
  }

  /** A long installation is not silence. */
  tick(now: number): void {
    if (this.coming?.state !== 'installing' || now - this.toldAt < TELL_MS) return;
    this.toldAt = now;
    this.request(this.coming.manifest, 'snapshot/alive', {});
  }

  end(): void {
    this.coming?.pull.cancel();
  }

  private async pull(manifest: Manifest, message: SnapshotMessage): Promise<void> {
    const { directory: parent, link, clock, durableIndex, warn } = this.parts;
    const directory = join(parent, `in-${manifest.id}`);
    const pull = new SnapshotPull({ manifest, directory, after: durableIndex(), link, clock });
    const coming: Coming = { manifest, directory, pull, message, state: 'pulling' };
    this.coming = coming;
    try {
      await removeOthers(parent, manifest.id);
      await pull.run();
    } catch (error) {
      if (this.coming !== coming) return;
      this.coming = undefined;
      warn(`A snapshot did not come: ${error instanceof Error ? error.message : String(error)}`);
      return this.tell(manifest, 'failed');
    }
    if (this.coming !== coming) return;
    coming.state = 'complete';
    this.offer(coming);
  }

  /** The content stays when the core does not want it yet: the message may be of a term that is over. */
  private offer(coming: Coming): void {
    this.parts.step(coming.message);
    if (stateOf(coming) === 'complete' && this.parts.isCovered(coming.message.snapshot)) this.finish(coming, 'stale');
  }

  private finish(coming: Coming, outcome: Outcome): void {
    this.coming = undefined;
    this.tell(coming.manifest, outcome);
    void removeOthers(this.parts.directory, undefined).catch(() => undefined);
  }

  private tell(manifest: Manifest, outcome: Outcome): void {
    this.request(manifest, 'snapshot/done', { outcome });
  }

  /** If it is lost, silence says the same later. */
  private request({ nodeId, id }: Manifest, method: string, fields: object): void {
    const body = Buffer.from(JSON.stringify({ id, ...fields }));
    this.parts.link.request(nodeId, method, body, { timeoutMs: TELL_MS, lane: 'bulk' }).catch(() => undefined);
  }
}

/** What the core did meanwhile, the compiler cannot see. */
const stateOf = ({ state }: Coming): Coming['state'] => state;

async function removeOthers(directory: string, id: string | undefined): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    if (!name.startsWith('in-') || (id !== undefined && name.startsWith(`in-${id}`))) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
