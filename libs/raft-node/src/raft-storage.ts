import { checkEntry, MemoryStorage } from '@config-guardian/raft';
import type { Configuration, Entry, InitialState, LogStorage, Position, Ready, Snapshot } from '@config-guardian/raft';
import { LogMismatch } from './log-mismatch';
import type { LogEntry } from './wal/record';
import type { WriteAheadLog } from './wal/write-ahead-log';

/** What the storage of a group's log asks of the state machine behind it. */
export interface AppliedState {
  /** Where the state machine stands, with the configuration in effect there. */
  position(): Position & { readonly configuration: Configuration };
  /** A snapshot of the state as it stands, or null when none can be given now. */
  snapshot(): Snapshot | null;
  /** Replaces the state. Durable when it returns. */
  install(snapshot: Snapshot): void;
  /** Makes the position durable. Where the state machine stands after a restart need not be: it may fall back again. */
  sync(): void;
}

export type Write = Pick<Ready, 'hardState' | 'snapshot' | 'entries'>;

/**
 * The log of one member: read from memory, written to the write-ahead log first. The state machine is the other half of
 * what a member keeps: it holds what was cut from the log, and the configuration that the rest of the log starts from.
 */
export class RaftStorage implements LogStorage {
  private constructor(
    private readonly log: WriteAheadLog,
    private readonly state: AppliedState,
    private readonly memory: MemoryStorage,
  ) {}

  /** Reads a recovered log. Finishes an installation that was interrupted after the state machine had its snapshot. */
  static open(log: WriteAheadLog, state: AppliedState): RaftStorage {
    const { installing } = log;
    const { index, term, configuration } = state.position();
    if (installing !== null && installing.index === index) {
      // A mark can outlive its installation, and entries can lead to its index: the log may go only when that is durable.
      state.sync();
      log.endInstall(installing.index, installing.term);
    }
    if (index > log.lastIndex || index < log.firstIndex - 1) {
      throw new LogMismatch(
        `The log holds entries ${log.firstIndex} to ${log.lastIndex}, the state machine has applied ${index}.`,
      );
    }
    const data = new Uint8Array(0);
    const base = { index: log.firstIndex - 1, term: log.termAt(log.firstIndex - 1) ?? 0 };
    const memory = new MemoryStorage(configuration);
    if (base.index > 0) memory.install({ ...base, configuration, data });
    memory.append(Array.from(log.entries(log.firstIndex, log.lastIndex), fromLogEntry));
    memory.keepSnapshot({ index, term, configuration, data });
    memory.setHardState({ ...log.hardState, commit: index });
    return new RaftStorage(log, state, memory);
  }

  initialState(): InitialState {
    return this.memory.initialState();
  }

  firstIndex(): number {
    return this.memory.firstIndex();
  }

  lastIndex(): number {
    return this.memory.lastIndex();
  }

  term(index: number): number | undefined {
    return this.memory.term(index);
  }

  entries(lo: number, hi: number, maxSize: number): readonly Entry[] {
    return this.memory.entries(lo, hi, maxSize);
  }

  snapshot(): Snapshot | null {
    return this.state.snapshot();
  }

  /** Makes the work of one or more Readys durable, in order, with one sync unless a snapshot is among them. */
  write(work: readonly Write[]): void {
    for (const { hardState, snapshot, entries } of work) {
      if (hardState !== null) this.log.append([], { term: hardState.term, vote: hardState.vote });
      if (snapshot !== null) this.install(snapshot);
      if (entries.length > 0) this.log.append(entries.map(toLogEntry));
    }
    this.log.sync();
    for (const each of work) this.memory.write(each);
  }

  /** Everything up to `index` is durable in the state machine: the log may forget it. */
  release(index: number): void {
    if (index < this.firstIndex()) return;
    const { index: at, term, configuration } = this.state.position();
    this.memory.keepSnapshot({ index: at, term, configuration, data: new Uint8Array(0) });
    this.memory.compact(index);
    this.log.cutPrefix(index);
  }

  /** The mark comes first: a state machine that stands ahead of its log is otherwise a lost log. */
  private install(snapshot: Snapshot): void {
    const { index, term } = snapshot;
    this.log.beginInstall({ index, term, configuration: encodeConfiguration(snapshot.configuration) });
    this.log.sync();
    this.state.install(snapshot);
    this.log.endInstall(index, term);
  }
}

export function toLogEntry(entry: Entry): LogEntry {
  const { index, term } = entry;
  switch (entry.type) {
    case 'command':
      return { index, term, kind: 'command', data: entry.data };
    case 'no-op':
      return { index, term, kind: 'no-op', data: nothing };
    case 'configuration':
      return { index, term, kind: 'configuration', data: encodeConfiguration(entry.configuration) };
    default:
      return entry satisfies never;
  }
}

export function fromLogEntry({ index, term, kind, data }: LogEntry): Entry {
  switch (kind) {
    case 'command':
      return { type: 'command', index, term, data };
    case 'no-op':
      return { type: 'no-op', index, term };
    case 'configuration': {
      const configuration: unknown = JSON.parse(Buffer.from(data).toString());
      return checkEntry({ type: 'configuration', index, term, configuration });
    }
    default:
      return kind satisfies never;
  }
}

export function encodeConfiguration(configuration: Configuration): Buffer {
  return Buffer.from(JSON.stringify(configuration));
}

const nothing = new Uint8Array(0);
