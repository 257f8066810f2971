/// <reference lib="es2024.string" />
import type { Envelope } from './envelope';

const maxIdentityLength = 1000;

/**
 * The last net before the log: every string of a command must be one that PostgreSQL can hold, or each node's
 * persister would stick on the same row for ever. The edge has refused such input before with a proper answer.
 */
export function requireStorable(envelope: Envelope): void {
  for (const text of [
    envelope.id,
    envelope.requestId,
    envelope.fingerprint,
    envelope.actor ?? '',
    envelope.trace ?? '',
  ]) {
    if (text.length > maxIdentityLength) throw new Error('a member of the envelope is too long');
    requireText(text);
  }
  walk(envelope.payload);
}

function walk(value: unknown): void {
  if (typeof value === 'string') requireText(value);
  else if (Array.isArray(value)) value.forEach(walk);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      requireText(name);
      walk(member);
    }
  } else if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error('a command holds a number that JSON cannot carry');
}

function requireText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw new Error('a command holds a NUL or a lone surrogate');
}
