import type { EntryKind, LogEntry, LogRecord } from './record';

/**
 * The records inside a frame, little-endian. Each starts with 8 bytes: body length (u32), type (u8), entry kind (u8),
 * two zero bytes. Integers in a body are u64 that must be safe integers; texts and blobs are a u32 length and the bytes.
 */
export const FORMAT_VERSION = 1;
/** One entry may not be larger: a length beyond it in a file is damage, not data. */
export const MAX_ENTRY_BYTES = 32 << 20;

const RECORD_HEADER = 8;
const ENTRY_HEADER = RECORD_HEADER + 16;
const TYPES = { entry: 1, 'hard-state': 2, configuration: 3, installing: 4, installed: 5, segment: 6 } as const;
const KINDS: readonly (EntryKind | undefined)[] = [undefined, 'command', 'no-op', 'configuration'];

export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord';
}

/** Consecutive entries as one run of records, in a buffer that can be given to another thread. */
export function encodeEntries(entries: readonly LogEntry[]): Buffer {
  let size = 0;
  for (const [position, { index, data }] of entries.entries()) {
    if (index !== entries[0]!.index + position)
      throw new RangeError(`Entry ${index} does not follow the one before it.`);
    if (data.byteLength > MAX_ENTRY_BYTES)
      throw new RangeError(`Entry ${index} has more than ${MAX_ENTRY_BYTES} bytes.`);
    size += ENTRY_HEADER + data.byteLength;
  }
  const out = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const entry of entries) {
    at = writeHeader(out, at, 16 + entry.data.byteLength, TYPES.entry, KINDS.indexOf(entry.kind));
    at = writeInteger(out, at, entry.index);
    at = writeInteger(out, at, entry.term);
    out.set(entry.data, at);
    at += entry.data.byteLength;
  }
  return out;
}

export function encodeRecord(record: LogRecord): Buffer {
  switch (record.type) {
    case 'entry':
      return encodeEntries([record]);
    case 'hard-state':
      return compose(record.type, [record.term, record.vote === null ? 0 : 1, Buffer.from(record.vote ?? '')]);
    case 'configuration':
      return compose(record.type, [record.index, record.data]);
    case 'installing':
      return compose(record.type, [record.index, record.term, record.configuration]);
    case 'installed':
      return compose(record.type, [record.index, record.term, record.keepsSuffix ? 1 : 0]);
    case 'segment': {
      const { clusterId, nodeId, incarnation } = record.identity;
      const names = [clusterId, nodeId, incarnation].map((name) => Buffer.from(name));
      return compose(record.type, [FORMAT_VERSION, record.sequence, record.firstIndex, record.previousTerm, ...names]);
    }
    default:
      return record satisfies never;
  }
}

export function* decodeRecords(payload: Buffer): Generator<LogRecord> {
  let at = 0;
  while (at < payload.length) {
    if (at + RECORD_HEADER > payload.length) throw new MalformedRecord('a record header is cut short');
    const end = at + RECORD_HEADER + payload.readUInt32LE(at);
    if (end > payload.length) throw new MalformedRecord('a record is longer than its frame');
    yield decodeBody(payload[at + 4]!, payload[at + 5]!, new Reader(payload.subarray(at + RECORD_HEADER, end)));
    at = end;
  }
}

function decodeBody(type: number, kindCode: number, body: Reader): LogRecord {
  switch (type) {
    case TYPES.entry: {
      const kind = KINDS[kindCode];
      if (kind === undefined) throw new MalformedRecord(`entry kind ${kindCode} is unknown`);
      return { type: 'entry', kind, index: body.positive(), term: body.integer(), data: body.rest() };
    }
    case TYPES['hard-state']: {
      const [term, voted, vote] = [body.integer(), body.integer(), body.text()];
      return { type: 'hard-state', term, vote: voted === 0 ? null : vote };
    }
    case TYPES.configuration:
      return { type: 'configuration', index: body.integer(), data: body.blob() };
    case TYPES.installing:
      return { type: 'installing', index: body.integer(), term: body.integer(), configuration: body.blob() };
    case TYPES.installed:
      return { type: 'installed', index: body.integer(), term: body.integer(), keepsSuffix: body.integer() === 1 };
    case TYPES.segment: {
      const version = body.integer();
      if (version !== FORMAT_VERSION)
        throw new MalformedRecord(`its format is version ${version}; this program reads ${FORMAT_VERSION}`);
      const start = { sequence: body.positive(), firstIndex: body.positive(), previousTerm: body.integer() };
      return {
        type: 'segment',
        ...start,
        identity: { clusterId: body.text(), nodeId: body.text(), incarnation: body.text() },
      };
    }
    default:
      throw new MalformedRecord(`record type ${type} is unknown`);
  }
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  integer(): number {
    this.need(8);
    const value = this.bytes.readUInt32LE(this.at) + this.bytes.readUInt32LE(this.at + 4) * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw new MalformedRecord('a number is beyond the safe integers');
    this.at += 8;
    return value;
  }

  positive(): number {
    const value = this.integer();
    if (value === 0) throw new MalformedRecord('an index is zero');
    return value;
  }

  blob(): Buffer {
    this.need(4);
    const length = this.bytes.readUInt32LE(this.at);
    this.need(4 + length);
    this.at += 4 + length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.blob().toString('utf8');
  }

  rest(): Buffer {
    return this.bytes.subarray(this.at);
  }

  private need(count: number): void {
    if (this.at + count > this.bytes.length) throw new MalformedRecord('a field is cut short');
  }
}

function compose(type: keyof typeof TYPES, fields: readonly (number | Uint8Array)[]): Buffer {
  const size = fields.reduce<number>((sum, field) => sum + (typeof field === 'number' ? 8 : 4 + field.byteLength), 0);
  const out = Buffer.alloc(RECORD_HEADER + size);
  let at = writeHeader(out, 0, size, TYPES[type], 0);
  for (const field of fields) {
    if (typeof field === 'number') {
      at = writeInteger(out, at, field);
      continue;
    }
    at = out.writeUInt32LE(field.byteLength, at);
    out.set(field, at);
    at += field.byteLength;
  }
  return out;
}

function writeHeader(out: Buffer, at: number, length: number, type: number, kind: number): number {
  out.writeUInt32LE(length, at);
  out.writeUInt32LE(type | (kind << 8), at + 4);
  return at + RECORD_HEADER;
}

function writeInteger(out: Buffer, at: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a safe non-negative integer.`);
  out.writeUInt32LE(value % 2 ** 32, at);
  out.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
  return at + 8;
}
