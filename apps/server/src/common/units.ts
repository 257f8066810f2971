const millisecondsIn: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const bytesIn: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `500ms`, `10s`, `15m`, `2h`, `30d` in milliseconds; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  const value = match ? Number(match[1]) * (millisecondsIn[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `1048576`, `512KiB`, `1MiB` in bytes; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12}) ?(B|KiB|MiB|GiB|)$/.exec(text);
  const value = match ? Number(match[1]) * (bytesIn[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
