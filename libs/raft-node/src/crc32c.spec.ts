import { crc32c } from './crc32c';

describe('crc32c', () => {
  it.each([
    ['32 zeroes', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['the check string', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('gives the published value for %s (RFC 3720 B.4)', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('takes a part of a buffer at any alignment as it takes a copy of it', () => {
    const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) & 255));
    for (let from = 0; from < 12; from += 1) {
      for (let to = from; to < 64; to += 7)
        expect(crc32c(bytes, from, to)).toBe(crc32c(Buffer.from(bytes.subarray(from, to))));
    }
  });
});
