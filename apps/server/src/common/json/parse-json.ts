/// <reference lib="es2024.string" />
import { reject } from '../rejected';
import type { InputError } from '../rejected';
import { locateProblems, MalformedJson, requireGrammar } from './json-scanner';
import type { JsonValue } from './json-value';
import { isExactNumber } from './exact-number';

export interface ParseLimits {
  /** Containers within one another: `[[1]]` has two levels. */
  readonly maxDepth: number;
}

/**
 * Reads a JSON text and refuses what JavaScript would change silently. Throws `Rejected`: `malformed-json` with line,
 * column and offset, or `value-not-representable` with a pointer for each place (the first 20).
 *
 * One cheap pass over the text looks for anything suspicious, and stops where it nests too deeply; then `JSON.parse`
 * does the work. Only when there was something the careful scanner runs, which knows where it is.
 */
export function parseJson(text: string, limits: ParseLimits): JsonValue {
  const { isTooDeep, isSuspicious, members } = glance(text, limits.maxDepth);
  if (isTooDeep) refuseProblems(text, limits.maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    refuseMalformed(text, error);
  }
  if (isSuspicious || members !== countMembers(value)) refuseProblems(text, limits.maxDepth);
  return value;
}

/** Refuses what the careful scanner finds, if it finds anything. */
function refuseProblems(text: string, maxDepth: number): void {
  let errors: readonly InputError[];
  try {
    errors = locateProblems(text, maxDepth);
  } catch (error) {
    if (error instanceof MalformedJson) reject('malformed-json', error.message);
    throw error;
  }
  if (errors.length > 0) reject('value-not-representable', { detail: errors[0]?.message, errors });
}

function refuseMalformed(text: string, cause: unknown): never {
  try {
    requireGrammar(text);
  } catch (error) {
    if (error instanceof MalformedJson) reject('malformed-json', error.message);
  }
  reject('malformed-json', cause instanceof Error ? cause.message : 'The text is not JSON.');
}

interface Glance {
  readonly isTooDeep: boolean;
  readonly isSuspicious: boolean;
  /** How many members the objects have, in a well-formed text. */
  readonly members: number;
}

/** A few characters tell what a well-formed text holds. Of any other it says nothing that matters, and comes to its end. */
function glance(text: string, maxDepth: number): Glance {
  let isSuspicious = !text.isWellFormed() || /\\u[dD][89a-fA-F]/.test(text);
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = endOfString(text, at);
    } else if (char === 0x3a) {
      members++;
    } else if (char === 0x7b || char === 0x5b) {
      if (++depth > maxDepth) return { isTooDeep: true, isSuspicious, members };
    } else if (char === 0x7d || char === 0x5d) {
      depth--;
    } else if (char === 0x2d || (char >= 0x30 && char <= 0x39)) {
      const end = endOfNumber(text, at);
      // 15 significant digits always survive; an exponent takes at least three characters.
      if (!isSuspicious && (end - at > 15 || hasExponent(text, at, end)))
        isSuspicious = !isExactNumber(text.slice(at, end));
      at = end - 1;
    }
  }
  return { isTooDeep: false, isSuspicious, members };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === 0x22) return at;
    at += char === 0x5c ? 2 : 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    // . 0-9 + - e E
    if (!(
      (char >= 0x30 && char <= 0x39) ||
      char === 0x2e ||
      char === 0x65 ||
      char === 0x45 ||
      char === 0x2b ||
      char === 0x2d
    ))
      break;
  }
  return at;
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x65 || char === 0x45) return true;
  }
  return false;
}

const isArray: (value: JsonValue) => value is readonly JsonValue[] = Array.isArray;

/** `JSON.parse` keeps one of two members of the same name, so fewer than the text has colons means duplicates. */
function countMembers(root: JsonValue): number {
  let members = 0;
  const open: JsonValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (isArray(value)) {
      for (const item of value) if (typeof item === 'object' && item !== null) open.push(item);
    } else {
      // Of an object with many members a list of them all would take longer than to parse it.
      for (const name in value) {
        members++;
        const item = value[name];
        if (typeof item === 'object' && item !== null) open.push(item);
      }
    }
  }
  return members;
}
