import type { Configuration } from './configuration';
import { highestPosition } from './entry';
import type { Entry } from './entry';
import type { Message } from './messages';
import type { Snapshot } from './storage';

/** What arrived is not a message of this protocol. The caller closes the connection it came from. */
export class MalformedMessage extends Error {
  constructor(detail: string) {
    super(`malformed message: ${detail}`);
    this.name = 'MalformedMessage';
  }
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Proves that a decoded value is a message: every field there, terms and indexes safe integers, entries without gaps and
 * with terms that never decrease or exceed the sender's. `step` trusts what passed here.
 */
export function checkMessage(value: unknown): Message {
  const fields = record(value, 'message');
  text(fields, 'from');
  text(fields, 'to');
  const term = count(fields, 'term');
  checkBody(fields, term);
  return value as Message;
}

function checkBody(fields: Fields, term: number): void {
  switch (fields.type as Message['type']) {
    case 'append':
      return checkAppend(fields, term);
    case 'append-response':
      if (flag(fields, 'reject')) counts(fields, 'index', 'rejectHint', 'logTerm');
      else counts(fields, 'index');
      return;
    case 'heartbeat':
      return counts(fields, 'commit', 'context');
    case 'heartbeat-response':
    case 'read-index':
      return counts(fields, 'context');
    case 'vote':
    case 'pre-vote':
      flag(fields, 'transfer');
      return counts(fields, 'lastIndex', 'lastTerm');
    case 'vote-response':
    case 'pre-vote-response':
      flag(fields, 'reject');
      return;
    case 'snapshot':
      return checkSnapshot(fields.snapshot, term);
    case 'read-index-response':
      return counts(fields, 'context', 'index');
    case 'timeout-now':
      return;
    default:
      throw new MalformedMessage(`unknown type ${String(fields.type)}`);
  }
}

function checkAppend(fields: Fields, term: number): void {
  counts(fields, 'prevIndex', 'prevTerm', 'commit');
  let index = fields.prevIndex as number;
  let earlier = fields.prevTerm as number;
  for (const entry of list(fields, 'entries')) {
    const { index: at, term: own } = checkEntry(entry);
    if (at !== index + 1) throw new MalformedMessage(`entry ${at} after entry ${index}`);
    if (own < earlier || own > term) throw new MalformedMessage(`entry ${at} has term ${own}`);
    [index, earlier] = [at, own];
  }
}

/** For entries read back from a disk as well: a log record is checked by the same rules. */
export function checkEntry(value: unknown): Entry {
  const fields = record(value, 'entry');
  counts(fields, 'index', 'term');
  switch (fields.type as Entry['type']) {
    case 'command':
      bytes(fields, 'data');
      break;
    case 'configuration':
      checkConfiguration(fields.configuration);
      break;
    case 'no-op':
      break;
    default:
      throw new MalformedMessage(`unknown entry type ${String(fields.type)}`);
  }
  return value as Entry;
}

function checkSnapshot(value: unknown, term: number): void {
  const fields = record(value, 'snapshot');
  counts(fields, 'index', 'term');
  bytes(fields, 'data');
  checkConfiguration(fields.configuration);
  const { index, term: own } = value as Snapshot;
  if (index === 0 || own > term) throw new MalformedMessage(`snapshot at ${index} of term ${own}`);
}

function checkConfiguration(value: unknown): Configuration {
  const fields = record(value, 'configuration');
  for (const name of ['voters', 'outgoing', 'learners', 'learnersNext']) {
    if (!list(fields, name).every((member) => typeof member === 'string' && member !== '')) {
      throw new MalformedMessage(`${name} must be names of members`);
    }
  }
  flag(fields, 'autoLeave');
  return value as Configuration;
}

function record(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null) throw new MalformedMessage(`${what} is not an object`);
  return value as Fields;
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new MalformedMessage(`${name} must be a list`);
  return value;
}

function text(fields: Fields, name: string): void {
  if (typeof fields[name] !== 'string' || fields[name] === '') throw new MalformedMessage(`${name} must be a name`);
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw new MalformedMessage(`${name} must be true or false`);
  return value;
}

function bytes(fields: Fields, name: string): void {
  if (!(fields[name] instanceof Uint8Array)) throw new MalformedMessage(`${name} must be bytes`);
}

function counts(fields: Fields, ...names: readonly string[]): void {
  for (const name of names) count(fields, name);
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > highestPosition) {
    throw new MalformedMessage(`${name} must be a safe integer, not ${String(value)}`);
  }
  return value as number;
}
