/// <reference lib="es2024.string" />
import { shortened } from '../input-errors';
import type { InputError } from '../rejected';
import { isExactNumber } from './exact-number';
import { pointerOf } from './json-pointer';

export class MalformedJson extends Error {}

interface Container {
  /** Names seen so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** Name or index of the element being read. */
  token: string | number;
}

const maxProblems = 20;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** RFC 8259 section 7: control characters must be escaped. */
const string = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"/y;
const literal = /true|false|null/y;
const whiteSpace = /[ \t\n\r]*/y;

/** The places of a well-formed text whose value JavaScript would change; the first 20, none beyond the first too deep. */
export function locateProblems(text: string, maxDepth: number): InputError[] {
  return new JsonScanner(text, maxDepth, maxProblems).scan();
}

/** Throws `MalformedJson` at the first violation of the grammar (RFC 8259), if there is one. */
export function requireGrammar(text: string): void {
  new JsonScanner(text, Infinity, 0).scan();
}

/** Keeps a stack of its own, so no depth of nesting overflows. */
class JsonScanner {
  private readonly stack: Container[] = [];
  private readonly problems: InputError[] = [];
  private at = 0;
  private tooDeep = false;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
    /** How many problems to collect before stopping; 0 reads on to the end for the grammar alone. */
    private readonly limit: number,
  ) {}

  scan(): InputError[] {
    this.skipWhiteSpace();
    if (this.at === this.text.length) throw new MalformedJson('The text is empty: a JSON value is expected.');
    do {
      this.readValue();
      if (!this.tooDeep) this.leaveFinished();
    } while (this.stack.length > 0 && !this.tooDeep && !this.isFull());
    if (this.stack.length === 0 && !this.tooDeep && this.at < this.text.length) this.fail('the end of the text');
    return this.problems;
  }

  /** Reads a scalar whole, or opens a container; then stands before the next value, or before a closing bracket. */
  private readValue(): void {
    const char = this.text[this.at];
    if (char === '{' || char === '[') return this.open(char);
    if (char === '"') this.checkSurrogates(this.readString('a string'));
    else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) this.readNumber();
    else this.match(literal, 'a value');
    this.skipWhiteSpace();
    this.next();
  }

  private open(char: '{' | '['): void {
    this.at++;
    this.stack.push(char === '{' ? { names: new Set(), token: '' } : { names: undefined, token: 0 });
    if (this.stack.length > this.maxDepth) {
      this.stack.length--;
      this.report(`is nested more than ${this.maxDepth} levels deep, counted from the outermost bracket`);
      this.tooDeep = true;
      return;
    }
    this.skipWhiteSpace();
    if (this.text[this.at] === (char === '{' ? '}' : ']')) return;
    if (char === '{') this.readName();
  }

  /** Before a value, unless the innermost containers close here. */
  private leaveFinished(): void {
    for (let top = this.stack.at(-1); top !== undefined; top = this.stack.at(-1)) {
      if (this.text[this.at] !== (top.names ? '}' : ']')) return;
      this.at++;
      this.stack.pop();
      this.skipWhiteSpace();
      this.next();
    }
  }

  /** After a value: a comma and what must follow it, or a closing bracket that `leaveFinished` takes. */
  private next(): void {
    const top = this.stack.at(-1);
    if (top === undefined) return;
    const char = this.text[this.at];
    if (char === (top.names ? '}' : ']')) return;
    if (char !== ',') this.fail(top.names ? "',' or '}'" : "',' or ']'");
    this.at++;
    this.skipWhiteSpace();
    if (top.names) this.readName();
    else {
      top.token = (top.token as number) + 1;
      if (this.text[this.at] === ']') this.fail('a value');
    }
  }

  private readName(): void {
    const top = this.stack.at(-1);
    const name = this.readString('a member name in double quotes');
    if (top?.names) {
      top.token = name;
      if (top.names.has(name)) this.report('is a member name that appears twice in one object');
      top.names.add(name);
      this.checkSurrogates(name);
    }
    this.skipWhiteSpace();
    if (this.text[this.at] !== ':') this.fail("':'");
    this.at++;
    this.skipWhiteSpace();
    if (this.text[this.at] === '}') this.fail('a value');
  }

  private readString(expected: string): string {
    return JSON.parse(this.match(string, expected)) as string;
  }

  private readNumber(): void {
    const token = this.match(number, 'a number');
    if (isExactNumber(token)) return;
    const kept = JSON.stringify(Number(token));
    const shown = token.length > 60 ? `${token.slice(0, 60)}...` : token;
    const outcome = kept === 'null' ? 'is too large a number' : `would become ${kept}`;
    this.report(`${shown} ${outcome}; send it as a string`);
  }

  private match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined || found === '') this.fail(expected);
    this.at += found.length;
    return found;
  }

  private skipWhiteSpace(): void {
    whiteSpace.lastIndex = this.at;
    this.at += whiteSpace.exec(this.text)?.[0].length ?? 0;
  }

  private checkSurrogates(value: string): void {
    if (!value.isWellFormed()) this.report('has a lone surrogate, which is no Unicode character');
  }

  private isFull(): boolean {
    return this.limit > 0 && this.problems.length >= this.limit;
  }

  private report(message: string): void {
    if (this.limit === 0 || this.isFull()) return;
    this.problems.push({ pointer: this.pointer().toWellFormed(), message });
  }

  /** No longer than an answer tells: each place may be under names of megabytes. */
  private pointer(): string {
    let pointer = '';
    for (const { token } of this.stack) {
      pointer += pointerOf([typeof token === 'string' ? shortened(token, 1000) : token]);
      if (pointer.length > 1000) break;
    }
    return shortened(pointer);
  }

  private fail(expected: string): never {
    const before = this.text.slice(0, this.at);
    const line = before.split('\n').length;
    const column = this.at - before.lastIndexOf('\n');
    const char = this.text.codePointAt(this.at);
    const found = char === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(char));
    throw new MalformedJson(
      `Expected ${expected} but found ${found} at line ${line}, column ${column} (offset ${this.at}).`,
    );
  }
}
