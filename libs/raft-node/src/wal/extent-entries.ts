import { readFrame } from './frame';
import { LogDamaged } from './log-damage';
import type { Extent } from './log-positions';
import type { LogEntry } from './record';
import { decodeRecords } from './record-codec';

/** The entries of an extent, in order, checked again as they are read. */
export function* entriesIn(extent: Readonly<Extent>): Generator<LogEntry> {
  const bytes = extent.segment.file.readAt(extent.start, extent.end - extent.start);
  for (let offset = 0; offset < bytes.length;) {
    const frame = readFrame(bytes, offset);
    if (typeof frame === 'string')
      throw new LogDamaged(extent.segment.path, extent.start + offset, 'the frame no longer reads as it was written');
    for (const record of decodeRecords(frame.payload)) {
      if (record.type === 'entry' && record.index >= extent.firstIndex && record.index <= extent.lastIndex)
        yield record;
    }
    offset = frame.end;
  }
}
