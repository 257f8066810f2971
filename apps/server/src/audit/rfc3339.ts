const form = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

const nanosecondsInMillisecond = 1_000_000;

/** A moment as RFC 3339 writes it, with what lies below a millisecond. */
export interface Moment {
  readonly epochMs: number;
  /** 0 to 999 999: what the whole milliseconds leave. */
  readonly nanoseconds: number;
}

/**
 * The `date-time` of RFC 3339, section 5.6: a full date, a time and an offset, all of them. Undefined for anything else,
 * for days that the calendar does not have, and for leap seconds, which no clock here tells.
 */
export function parseRfc3339(text: string): Moment | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [offsetHour, offsetMinute] = [Number(match[10] ?? 0), Number(match[11] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day); // not Date.UTC, which takes the years 0 to 99 for 1900 to 1999
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  const fraction = Number((match[7] ?? '').padEnd(9, '0'));
  const offsetMs = (match[9] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000;
  const wholeMs = Math.floor(fraction / nanosecondsInMillisecond);
  const epochMs = local.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + wholeMs - offsetMs;
  return { epochMs, nanoseconds: fraction % nanosecondsInMillisecond };
}
