const headerBytes = 20;
const lengthBytes = 4;

/** The elements of a one-dimensional array, as the persister sends it: texts in PostgreSQL's binary form, all else as text. */
export function elementsOf(array: Buffer | string): (string | null)[] {
  if (typeof array !== 'string') return textsIn(array);
  const elements = array.slice(1, -1);
  if (/["\\{]/.test(elements)) throw new Error(`the simulated database does not understand the array ${array}`);
  return elements === '' ? [] : elements.split(',').map((element) => (element === 'NULL' ? null : element));
}

function textsIn(array: Buffer): (string | null)[] {
  const elements: (string | null)[] = [];
  for (let at = headerBytes; at < array.length;) {
    const length = array.readInt32BE(at);
    const begin = at + lengthBytes;
    at = begin + Math.max(length, 0);
    elements.push(length < 0 ? null : array.toString('utf8', begin, at));
  }
  if (elements.length !== array.readInt32BE(headerBytes - 2 * lengthBytes))
    throw new Error('an array has another size than it says');
  return elements;
}
