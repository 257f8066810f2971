import type { FileSystem, OpenFile } from '../../../libs/raft-node/src/disk/file-system';
import { readFrame } from '../../../libs/raft-node/src/wal/frame';
import { decodeRecords } from '../../../libs/raft-node/src/wal/record-codec';
import type { Chance } from '../chance';
import type { WatchedDisk } from '../watched-disk';
import type { Scene } from './scene';
import type { Death, Side, Step } from './steps';

export interface DiskParts {
  readonly scene: Scene;
  readonly disk: WatchedDisk;
  /** The process whose disk it is. */
  readonly life: { readonly isOver: boolean };
  readonly chance: Chance;
  readonly die: (death: Death, step: Step) => void;
  /** The mark of an installation, or its end, is durable. */
  readonly onMark: (installing: number | null) => void;
}

interface Written {
  readonly write: Step;
  readonly sync: Step;
  readonly installing?: number | null;
}

const inLog: Written = { write: 'log write', sync: 'log sync' };

/** The disk of one life of the process, with a crash point on both sides of everything that is done to it. */
export class SteppedDisk implements FileSystem {
  constructor(private readonly parts: DiskParts) {}

  makeDirectory(): void {
    this.parts.disk.makeDirectory();
  }

  list(directory: string): string[] {
    return this.parts.disk.list(directory);
  }

  create(path: string, size: number): OpenFile {
    return this.file(this.step('segment create', () => this.parts.disk.create(path, size)));
  }

  open(path: string): OpenFile {
    return this.file(this.parts.disk.open(path));
  }

  rename(from: string, to: string): void {
    this.step('segment create', () => this.parts.disk.rename(from, to));
  }

  remove(path: string): void {
    this.step('segment remove', () => this.parts.disk.remove(path));
    this.parts.scene.counts['log cuts'] += 1;
  }

  syncDirectory(directory: string): void {
    this.step('directory sync', () => this.parts.disk.syncDirectory(directory));
  }

  lock(directory: string): Promise<() => void> {
    return this.parts.disk.lock(directory);
  }

  /** A disk takes its time, and what waits for it meets what goes on without it. */
  stalled(): Promise<void> | undefined {
    const { scene, chance } = this.parts;
    const dice = chance.next();
    if (dice < 0.4) return undefined;
    const ms = dice < 0.97 ? chance.between(1, 12) : chance.between(30, 300);
    return new Promise((resolve) => scene.time.later(ms, resolve));
  }

  private file(file: OpenFile): OpenFile {
    let written = inLog;
    return {
      size: file.size,
      readAt: (position, length) => file.readAt(position, length),
      writeAt: (position, bytes) => {
        written = whatIsIn(bytes);
        this.step(written.write, () => file.writeAt(position, bytes));
      },
      sync: () => {
        const { sync, installing } = written;
        this.step(sync, () => {
          file.sync();
          if (installing !== undefined) this.parts.onMark(installing);
        });
      },
      close: () => file.close(),
    };
  }

  private step<T>(step: Step, work: () => T): T {
    this.pass(step, 'before');
    const result = work();
    this.pass(step, 'after');
    return result;
  }

  private pass(step: Step, side: Side): void {
    const { scene, life, die } = this.parts;
    if (life.isOver) throw noProcess();
    const death = scene.plan.meet(step, side);
    if (death === undefined) return;
    scene.crashes[step][side] += 1;
    die(death, step);
    if (death !== 'database-crash') throw noProcess();
  }
}

/** Every write of the log begins with a frame, or is one of zeroes. */
function whatIsIn(bytes: Uint8Array): Written {
  const frame = readFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  if (typeof frame === 'string') return inLog;
  if (frame.kind === 'segment') return { write: 'segment create', sync: 'segment create' };
  for (const record of decodeRecords(frame.payload)) {
    if (record.type === 'installing') return { write: 'mark write', sync: 'mark sync', installing: record.index };
    if (record.type === 'installed') return { write: 'install-end write', sync: 'install-end sync', installing: null };
  }
  return inLog;
}

function noProcess(): Error {
  return Object.assign(new Error('ESHUTDOWN: the process is gone'), { code: 'ESHUTDOWN' });
}
