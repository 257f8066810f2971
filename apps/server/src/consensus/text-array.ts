const textOid = 25;
const headerBytes = 20;
const lengthBytes = 4;

/**
 * A `text[]` in PostgreSQL's binary form: a header (dimensions, whether there are NULLs, the type, the size, the lower
 * bound), then each element with its length in bytes, -1 for NULL. Nothing has to be escaped, as JSON would be.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + lengthBytes + Math.max(length, 0), headerBytes);
  const array = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const word of [1, lengths.includes(-1) ? 1 : 0, textOid, values.length, 1]) at = array.writeInt32BE(word, at);
  values.forEach((value, place) => {
    at = array.writeInt32BE(lengths[place] ?? -1, at);
    if (value !== null) at += array.write(value, at);
  });
  return array;
}
