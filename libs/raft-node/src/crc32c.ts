/** CRC-32C (Castagnoli, RFC 3720 B.4), eight bytes a step: 630-770 MB/s in V8. `zlib.crc32` is another polynomial. */
const POLYNOMIAL = 0x82f63b78;

const T0 = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});
const T1 = oneByteFurther(T0);
const T2 = oneByteFurther(T1);
const T3 = oneByteFurther(T2);
const T4 = oneByteFurther(T3);
const T5 = oneByteFurther(T4);
const T6 = oneByteFurther(T5);
const T7 = oneByteFurther(T6);

function oneByteFurther(table: Int32Array): Int32Array {
  return table.map((value) => (value >>> 8) ^ T0[value & 255]!);
}

/** The checksum of `bytes[from, to)`. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = ~0;
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    const near = T7[low & 255]! ^ T6[(low >>> 8) & 255]! ^ T5[(low >>> 16) & 255]! ^ T4[low >>> 24]!;
    crc = near ^ T3[bytes[i + 4]!]! ^ T2[bytes[i + 5]!]! ^ T1[bytes[i + 6]!]! ^ T0[bytes[i + 7]!]!;
  }
  for (; i < to; i += 1) crc = T0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
