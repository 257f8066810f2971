import * as fc from 'fast-check';
import type { Entry, Message } from '@config-guardian/raft';
import { configuration } from '@config-guardian/raft';
import { decodeMessage, messageFrame } from './message-codec';
import { Refusal } from './refusal';

const envelope = { from: 'a#1', to: 'b#2' };
const count = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat().map((n) => Math.min(n, Number.MAX_SAFE_INTEGER - 1)),
);
const members = fc.array(
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).map((name) => name.toWellFormed()),
  { maxLength: 5 },
);
const someConfiguration = fc.record({
  ...{ voters: members, outgoing: members, learners: members, learnersNext: members },
  autoLeave: fc.boolean(),
});
const data = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));

function encode(message: Message): Buffer {
  const { bound, write } = messageFrame(message);
  // One byte more before and after: what is written stays within its bounds.
  const out = Buffer.alloc(bound + 2, 0xee);
  const end = write(out, 1);
  expect(end).toBeLessThanOrEqual(1 + bound);
  expect([out[0], out[end]]).toEqual([0xee, 0xee]);
  return out.subarray(1, end);
}

const counts = (type: Message['type'], ...names: string[]) =>
  fc.record({ type: fc.constant(type), term: count, ...Object.fromEntries(names.map((name) => [name, count])) });
const withFlag = (of: fc.Arbitrary<object>, name: string, value?: boolean) =>
  fc
    .tuple(of, value === undefined ? fc.boolean() : fc.constant(value))
    .map(([fields, flag]) => ({ ...fields, [name]: flag }));

const someEntries = fc
  .tuple(fc.nat(2 ** 50), fc.array(fc.oneof(data, someConfiguration, fc.constant(null)), { maxLength: 20 }))
  .map(([prevIndex, bodies]) => ({
    ...{ type: 'append', term: 2 ** 50, prevIndex, prevTerm: 1, commit: prevIndex },
    entries: bodies.map((body, n): Entry => {
      const position = { index: prevIndex + n + 1, term: n < 10 ? 1 : 2 ** 50 };
      if (body === null) return { type: 'no-op', ...position };
      return Buffer.isBuffer(body)
        ? { type: 'command', ...position, data: body }
        : { type: 'configuration', ...position, configuration: body };
    }),
  }));
const someSnapshot = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 52 }), count, someConfiguration, data)
  .map(([index, term, of, state]) => ({
    ...{ type: 'snapshot', term: Number.MAX_SAFE_INTEGER - 1 },
    snapshot: { index, term, configuration: of, data: state },
  }));

const anyMessage = fc
  .oneof(
    ...[someEntries, someSnapshot, counts('timeout-now'), counts('read-index', 'context')],
    withFlag(counts('append-response', 'index'), 'reject', false),
    withFlag(counts('append-response', 'index', 'rejectHint', 'logTerm'), 'reject', true),
    ...[counts('heartbeat', 'commit', 'context'), counts('heartbeat-response', 'context')],
    ...(['vote', 'pre-vote'] as const).map((type) => withFlag(counts(type, 'lastIndex', 'lastTerm'), 'transfer')),
    ...(['vote-response', 'pre-vote-response'] as const).map((type) => withFlag(counts(type), 'reject')),
    counts('read-index-response', 'context', 'index'),
  )
  .map((fields) => ({ ...envelope, ...fields }) as Message);

describe('the encoding of messages', () => {
  it('gives back every message as it was', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(encode(message), 'a#1', 'b#2')).toEqual(message);
      }),
      { numRuns: 1000 },
    );
  });

  it('is compact: an append of one entry has 10 bytes beside the data', () => {
    const entries = [{ type: 'command', index: 101, term: 3, data: Buffer.alloc(256) }] as const;
    const append: Message = { ...envelope, type: 'append', term: 3, prevIndex: 100, prevTerm: 3, commit: 99, entries };
    expect(encode(append)).toHaveLength(256 + 10);
  });

  it('hands entries on as views of what arrived', () => {
    const entries = [{ type: 'command', index: 101, term: 3, data: Buffer.alloc(9, 1) }] as const;
    const bytes = encode({ ...envelope, type: 'append', term: 3, prevIndex: 100, prevTerm: 3, commit: 99, entries });
    const decoded = decodeMessage(bytes, 'a#1', 'b#2');
    expect(decoded.type === 'append' && decoded.entries[0]!.type === 'command' && decoded.entries[0]!.data.buffer).toBe(
      bytes.buffer,
    );
  });

  it('refuses every message that is cut short or has something behind it, and never throws anything else', () => {
    fc.assert(
      fc.property(anyMessage, fc.double({ min: 0, max: 0.999, noNaN: true }), (message, part) => {
        const bytes = encode(message);
        const carriesRest = message.type === 'snapshot';
        const cut = bytes.subarray(0, Math.floor(bytes.length * part));
        if (!carriesRest) {
          expect(() => decodeMessage(cut, 'a#1', 'b#2')).toThrow(Refusal);
          expect(() => decodeMessage(Buffer.concat([bytes, Buffer.alloc(1)]), 'a#1', 'b#2')).toThrow(Refusal);
        }
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeMessage(Buffer.from(bytes), 'a#1', 'b#2');
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('refuses what the core would not let in', () => {
    const entries = [{ type: 'no-op', index: 6, term: 9 }] as const;
    const bytes = encode({ ...envelope, type: 'append', term: 3, prevIndex: 5, prevTerm: 2, commit: 5, entries });
    expect(() => decodeMessage(bytes, 'a#1', 'b#2')).toThrow('malformed message: entry 6 has term 9');
  });

  it('does not believe an amount that the bytes cannot hold', () => {
    const append: Message = { ...envelope, type: 'append', term: 1, prevIndex: 0, prevTerm: 0, commit: 0, entries: [] };
    const bytes = Buffer.concat([encode(append).subarray(0, -1), Buffer.from([0xff, 0xff, 0xff, 0x7f])]);
    expect(() => decodeMessage(bytes, 'a#1', 'b#2')).toThrow('a field is cut short');
    expect(
      encode({
        ...append,
        entries: [{ type: 'configuration', index: 1, term: 1, configuration: configuration(['a']) }],
      })[0],
    ).toBe(0);
  });
});
