import { StallableFileSystem } from '../src/disk/stallable-file-system';
import { SimulatedDisk } from '../src/disk/simulated-disk';
import type { SingleNodeLogOptions } from '../src/open-single-node-log';
import { openSingleNodeLog } from '../src/open-single-node-log';
import type { CommittedEntry, LogConsumer } from '../src/replicated-log';
import type { SingleNodeLog } from '../src/single-node-log';

/** A consumer that keeps what it was given, in place of the state machine. */
export class RecordingConsumer implements LogConsumer<string> {
  readonly entries: CommittedEntry[] = [];
  readonly batches: number[] = [];
  private gate: Promise<void> | undefined;
  private open: () => void = () => undefined;
  throwAt = Infinity;

  constructor(public appliedIndex = 0) {}

  apply(entries: readonly CommittedEntry[]): readonly string[] {
    this.batches.push(entries.length);
    return entries.map((entry) => {
      if (entry.index >= this.throwAt) throw new Error(`cannot apply ${entry.index}`);
      this.entries.push(entry);
      this.appliedIndex = entry.index;
      return `result ${entry.index}`;
    });
  }

  ready(): Promise<void> {
    return this.gate ?? Promise.resolve();
  }

  close(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }

  reopen(): void {
    this.open();
    this.gate = undefined;
  }

  get commands(): string[] {
    return this.entries.flatMap(({ data }) => (data === null ? [] : [Buffer.from(data).toString()]));
  }
}

export interface NodeWorld {
  readonly disk: SimulatedDisk;
  readonly fileSystem: StallableFileSystem;
  readonly fatal: Error[];
  open(options?: Partial<SingleNodeLogOptions>): Promise<SingleNodeLog<string>>;
  started(
    options?: Partial<SingleNodeLogOptions>,
  ): Promise<{ log: SingleNodeLog<string>; consumer: RecordingConsumer }>;
}

export function aNode(seed = 1): NodeWorld {
  const disk = new SimulatedDisk({ seed });
  const fileSystem = new StallableFileSystem(disk);
  const fatal: Error[] = [];
  const open: NodeWorld['open'] = (options) =>
    openSingleNodeLog<string>({
      directory: '/log',
      nodeId: 'node-1',
      fileSystem,
      onFatal: (error) => fatal.push(error),
      ...options,
      limits: { segmentBytes: 8192, ...options?.limits },
    });
  return {
    disk,
    fileSystem,
    fatal,
    open,
    started: async (options) => {
      const log = await open(options);
      const consumer = new RecordingConsumer();
      await log.start(consumer);
      return { log, consumer };
    },
  };
}

export function bytes(text: string): Buffer {
  return Buffer.from(text);
}
