import type { LogRecord } from '../../../libs/raft-node/src/wal/record';
import { readFrame } from '../../../libs/raft-node/src/wal/frame';
import { decodeRecords } from '../../../libs/raft-node/src/wal/record-codec';
import type { WriteAheadLog } from '../../../libs/raft-node/src/wal/write-ahead-log';
import { LogModel } from './log-model';

/**
 * What a disk would give back if everything crashed now, read from the bytes that were synced: this does not ask the log
 * what it believes to have written.
 */
export class DurableLog {
  log = new LogModel();
  term = 0;
  vote: string | null = null;

  /** These bytes of a file are durable now. Every write of the log begins with a frame, or is one of zeroes. */
  synced(bytes: Buffer): void {
    const frame = readFrame(bytes, 0);
    if (typeof frame === 'string') return;
    for (const record of decodeRecords(frame.payload)) this.take(record);
  }

  /** After a crash: some of what was not synced may be there as well. */
  recovered(log: WriteAheadLog): void {
    this.log = new LogModel(log.firstIndex - 1, log.termAt(log.firstIndex - 1));
    for (let index = log.firstIndex; index <= log.lastIndex; index++) this.log.put({ index, term: log.termAt(index)! });
    ({ term: this.term, vote: this.vote } = log.hardState);
  }

  private take(record: LogRecord): void {
    switch (record.type) {
      case 'entry':
        return this.log.put(record);
      case 'hard-state':
        ({ term: this.term, vote: this.vote } = record);
        return;
      case 'installed':
        if (!record.keepsSuffix) this.log.restart(record);
        return;
      case 'configuration':
      case 'installing':
      case 'segment':
        return;
      default:
        record satisfies never;
    }
  }
}
