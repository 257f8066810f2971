import { anEntry, DIRECTORY, IDENTITY, SMALL } from '../../test/a-log';
import { SimulatedDisk } from '../disk/simulated-disk';
import { encodeFrame, readFrame } from './frame';
import type { LogRecord } from './record';
import { decodeRecords, encodeRecord, MalformedRecord } from './record-codec';
import { WriteAheadLog } from './write-ahead-log';

/** Logs of every released version have to open for ever: a change here needs a new format version, not a new expectation. */
describe('the frozen format of the log', () => {
  const records: readonly [LogRecord, string][] = [
    [{ type: 'entry', ...anEntry(5, 3, 'hi') }, '1200000001010000050000000000000003000000000000006869'],
    [
      { type: 'entry', index: 2 ** 53 - 1, term: 2 ** 32, kind: 'no-op', data: Buffer.alloc(0) },
      '1000000001020000ffffffffffff1f000000000001000000',
    ],
    [{ type: 'hard-state', term: 4, vote: 'n2' }, '160000000200000004000000000000000100000000000000020000006e32'],
    [{ type: 'hard-state', term: 4, vote: null }, '14000000020000000400000000000000000000000000000000000000'],
    [{ type: 'configuration', index: 7, data: Buffer.from('c') }, '0d0000000300000007000000000000000100000063'],
    [
      { type: 'installing', index: 9, term: 2, configuration: Buffer.from('c') },
      '1500000004000000090000000000000002000000000000000100000063',
    ],
    [
      { type: 'installed', index: 9, term: 2, keepsSuffix: true },
      '1800000005000000090000000000000002000000000000000100000000000000',
    ],
    [
      { type: 'segment', identity: IDENTITY, sequence: 2, firstIndex: 10, previousTerm: 1 },
      '4100000006000000010000000000000002000000000000000a00000000000000010000000000000009000000636c75737465722d31060000006e6f64652d31060000006c6966652d31',
    ],
  ];

  it.each(records)('encodes %j so', (record, hex) => {
    const bytes = encodeRecord(record);
    expect(bytes.toString('hex')).toBe(hex);
    const [decoded] = [...decodeRecords(bytes)];
    expect(encodeRecord(decoded!).toString('hex')).toBe(hex);
  });

  it('encodes a frame so', () => {
    const frame = encodeFrame('batch', 2 ** 32 + 1, 0x11223344, [Buffer.from('payload')]);
    expect(frame.toString('hex')).toBe(
      'ff4347fe0700000001000000010000004433221135e4112300000000435673cf7061796c6f616400',
    );
    expect(readFrame(frame, 0)).toMatchObject({
      kind: 'batch',
      batch: 2 ** 32 + 1,
      previous: 0x11223344,
      offset: 0,
      end: 40,
    });
  });

  it('begins a segment file so', () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
    log.append([anEntry(1, 1, 'first')], { term: 1, vote: 'node-1' });
    log.sync();
    expect(disk.list(DIRECTORY)).toEqual(['0000000000000001.wal']);
    const bytes = disk.open(`${DIRECTORY}/0000000000000001.wal`).readAt(0, SMALL.segmentBytes);
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    expect(bytes.subarray(0, end).toString('base64')).toBe(
      '/0NH/mUAAAAAAAAAAAAAAAAAAABcZehKAQAAABoHvspBAAAABgAAAAEAAAAAAAAAAQAAAAAAAAABAAAAAAAAAAAAAAAAAAAACQAAAGNsdXN0ZXItMQYAAABub2RlLTEGAAAAbGlmZS0xFAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP9DR/4/AAAAAQAAAAAAAAAaB77KefLI6wAAAADluHLyGgAAAAIAAAABAAAAAAAAAAEAAAAAAAAABgAAAG5vZGUtMRUAAAABAQAAAQAAAAAAAAABAAAAAAAAAGZpcnN0',
    );
  });

  it.each([
    ['a record cut short', Buffer.from([9, 0, 0, 0])],
    ['a record longer than its frame', Buffer.from([9, 0, 0, 0, 2, 0, 0, 0, 1])],
    ['an unknown record', Buffer.from([0, 0, 0, 0, 99, 0, 0, 0])],
    ['an unknown entry kind', Buffer.concat([Buffer.from([16, 0, 0, 0, 1, 9, 0, 0]), Buffer.alloc(16, 1)])],
    [
      'a term beyond the safe integers',
      Buffer.concat([Buffer.from([16, 0, 0, 0, 1, 1, 0, 0]), Buffer.alloc(16, 0xff)]),
    ],
    ['index zero', Buffer.concat([Buffer.from([16, 0, 0, 0, 1, 1, 0, 0]), Buffer.alloc(16)])],
    [
      'a text longer than its record',
      Buffer.concat([Buffer.from([20, 0, 0, 0, 2, 0, 0, 0]), Buffer.alloc(16), Buffer.from([9, 0, 0, 0])]),
    ],
  ])('does not decode %s', (_name, bytes) => {
    expect(() => [...decodeRecords(bytes)]).toThrow(MalformedRecord);
  });
});
