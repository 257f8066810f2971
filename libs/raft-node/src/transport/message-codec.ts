import { checkMessage, MalformedMessage } from '@config-guardian/raft';
import type { AppendMessage, Configuration, Entry, MemberId, Message, SnapshotMessage } from '@config-guardian/raft';
import { FRAME } from './frame';
import type { OutgoingFrame } from './outgoing-frame';
import { Refusal } from './refusal';
import { COUNT_BYTES, textBound, WireReader, writeCount, writeText } from './wire-bytes';

interface Shape {
  readonly type: Message['type'];
  /** The numbers that follow code and term, in this order. */
  readonly counts: readonly string[];
  readonly flag?: Readonly<Record<string, boolean>>;
}

/**
 * A message is a code (its place here), the term, the numbers, and for `append` and `snapshot` what they carry. Codes
 * are never used again for something else. Sender and receiver are not written: the handshake proved them.
 */
const SHAPES: readonly Shape[] = [
  { type: 'append', counts: ['prevIndex', 'prevTerm', 'commit'] },
  { type: 'append-response', counts: ['index'], flag: { reject: false } },
  { type: 'append-response', counts: ['index', 'rejectHint', 'logTerm'], flag: { reject: true } },
  { type: 'heartbeat', counts: ['commit', 'context'] },
  { type: 'heartbeat-response', counts: ['context'] },
  { type: 'vote', counts: ['lastIndex', 'lastTerm'], flag: { transfer: false } },
  { type: 'vote', counts: ['lastIndex', 'lastTerm'], flag: { transfer: true } },
  { type: 'pre-vote', counts: ['lastIndex', 'lastTerm'], flag: { transfer: false } },
  { type: 'pre-vote', counts: ['lastIndex', 'lastTerm'], flag: { transfer: true } },
  { type: 'vote-response', counts: [], flag: { reject: false } },
  { type: 'vote-response', counts: [], flag: { reject: true } },
  { type: 'pre-vote-response', counts: [], flag: { reject: false } },
  { type: 'pre-vote-response', counts: [], flag: { reject: true } },
  { type: 'snapshot', counts: [] },
  { type: 'timeout-now', counts: [] },
  { type: 'read-index', counts: ['context'] },
  { type: 'read-index-response', counts: ['context', 'index'] },
];

/** The first code of a type; the next one is for its flag set. */
const FIRST_CODE = new Map(SHAPES.map(({ type }, code) => [type, code] as const).reverse());
const ENTRY = { command: 0, 'no-op': 1, configuration: 2 } as const;
const MEMBER_LISTS = ['voters', 'outgoing', 'learners', 'learnersNext'] as const;

export function messageFrame(message: Message): OutgoingFrame {
  return {
    type: FRAME.message,
    bound: messageBound(message),
    write: (out, at) => writeMessage(out, at, message),
  };
}

function messageBound(message: Message): number {
  const envelope = 1 + 6 * COUNT_BYTES;
  if (message.type === 'append') return message.entries.reduce((sum, entry) => sum + entryBound(entry), envelope);
  if (message.type !== 'snapshot') return envelope;
  return envelope + configurationBound(message.snapshot.configuration) + message.snapshot.data.length;
}

function entryBound(entry: Entry): number {
  if (entry.type === 'command') return 1 + 2 * COUNT_BYTES + entry.data.length;
  return 1 + COUNT_BYTES + (entry.type === 'configuration' ? configurationBound(entry.configuration) : 0);
}

function configurationBound(configuration: Configuration): number {
  const members = MEMBER_LISTS.flatMap((name) => configuration[name]);
  return members.reduce((sum, member) => sum + textBound(member), 1 + MEMBER_LISTS.length * COUNT_BYTES);
}

function writeMessage(out: Buffer, start: number, message: Message): number {
  const flagged = ('reject' in message && message.reject) || ('transfer' in message && message.transfer);
  const code = FIRST_CODE.get(message.type)! + (flagged ? 1 : 0);
  out[start] = code;
  let at = writeCount(out, start + 1, message.term);
  const numbers = message as unknown as Readonly<Record<string, number>>;
  for (const name of SHAPES[code]!.counts) at = writeCount(out, at, numbers[name]!);
  if (message.type === 'append') return writeEntries(out, at, message);
  if (message.type === 'snapshot') return writeSnapshot(out, at, message);
  return at;
}

/** Indexes are not written: the first entry follows `prevIndex`, and there are no gaps. */
function writeEntries(out: Buffer, start: number, { entries }: AppendMessage): number {
  let at = writeCount(out, start, entries.length);
  for (const entry of entries) {
    out[at] = ENTRY[entry.type];
    at = writeCount(out, at + 1, entry.term);
    if (entry.type === 'command') {
      at = writeCount(out, at, entry.data.length);
      out.set(entry.data, at);
      at += entry.data.length;
    } else if (entry.type === 'configuration') {
      at = writeConfiguration(out, at, entry.configuration);
    }
  }
  return at;
}

function writeSnapshot(out: Buffer, start: number, { snapshot }: SnapshotMessage): number {
  let at = writeCount(out, start, snapshot.index);
  at = writeCount(out, at, snapshot.term);
  at = writeConfiguration(out, at, snapshot.configuration);
  out.set(snapshot.data, at);
  return at + snapshot.data.length;
}

function writeConfiguration(out: Buffer, start: number, configuration: Configuration): number {
  let at = start;
  for (const name of MEMBER_LISTS) {
    at = writeCount(out, at, configuration[name].length);
    for (const member of configuration[name]) at = writeText(out, at, member);
  }
  out[at] = configuration.autoLeave ? 1 : 0;
  return at + 1;
}

export function decodeMessage(payload: Buffer, from: MemberId, to: MemberId): Message {
  const reader = new WireReader(payload);
  const code = reader.byte();
  const shape = SHAPES[code];
  if (shape === undefined) throw new Refusal('malformed', `message code ${code} is unknown`);
  const message: Record<string, unknown> = { type: shape.type, from, to, term: reader.count(), ...shape.flag };
  for (const name of shape.counts) message[name] = reader.count();
  if (shape.type === 'append') message.entries = readEntries(reader, message.prevIndex as number);
  if (shape.type === 'snapshot') message.snapshot = readSnapshot(reader);
  reader.end();
  try {
    return checkMessage(message);
  } catch (error) {
    throw error instanceof MalformedMessage ? new Refusal('malformed', error.message) : error;
  }
}

function readEntries(reader: WireReader, prevIndex: number): Entry[] {
  const amount = reader.amount();
  const entries: Entry[] = [];
  for (let n = 1; n <= amount; n++) entries.push(readEntry(reader, prevIndex + n));
  return entries;
}

function readEntry(reader: WireReader, index: number): Entry {
  const code = reader.byte();
  const term = reader.count();
  switch (code) {
    case ENTRY.command:
      return { type: 'command', index, term, data: reader.bytes() };
    case ENTRY['no-op']:
      return { type: 'no-op', index, term };
    case ENTRY.configuration:
      return { type: 'configuration', index, term, configuration: readConfiguration(reader) };
    default:
      throw new Refusal('malformed', `entry code ${code} is unknown`);
  }
}

function readSnapshot(reader: WireReader): SnapshotMessage['snapshot'] {
  const [index, term] = [reader.count(), reader.count()];
  return { index, term, configuration: readConfiguration(reader), data: reader.rest() };
}

function readConfiguration(reader: WireReader): Configuration {
  const list = (): MemberId[] => Array.from({ length: reader.amount() }, () => reader.text());
  const [voters, outgoing, learners, learnersNext] = [list(), list(), list(), list()];
  return { voters, outgoing, learners, learnersNext, autoLeave: reader.byte() === 1 };
}
