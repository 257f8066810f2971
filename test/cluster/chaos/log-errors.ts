/** When something was broken on purpose, until all was well again; by the wall clock, as logs are. */
export interface Disturbance {
  readonly fault: string;
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly res?: { readonly status: number };
}

const errorLevel = 50;
/** What a request that waited through the end of a disturbance logs after it. */
const graceMs = 10_000;
/** Whoever cannot reach a leader says so with these, and a client that retries may ask again. */
const refusals: readonly number[] = [503, 504];
/** What a node says to whoever starts it by hand, beside its log. */
const greeting = /^(Config Guardian|API docs|Log in as) {2,}/;
/** Other errors that a fault must cause, by the fault. */
const expected: Readonly<Record<string, RegExp>> = {
  'database-crash': /^the embedded PostgreSQL ended \(SIGKILL\) and is started again$/,
};

/** What a node printed at level error and above, or outside of its log, that no disturbance explains. */
export function unexplainedErrors(log: string, disturbances: readonly Disturbance[]): readonly string[] {
  return log.split('\n').filter((text) => {
    // What the test itself notes of the process, and nothing.
    if (text === '' || text.startsWith('--- ') || greeting.test(text)) return false;
    const line = lineIn(text);
    if (line === undefined) return true;
    return line.level >= errorLevel && !isExplained(line, disturbances);
  });
}

function isExplained({ level, time, msg, res }: Line, disturbances: readonly Disturbance[]): boolean {
  if (level > errorLevel) return false;
  const isRefusal = msg === 'request failed' && refusals.includes(res?.status ?? 0);
  return disturbances.some(
    ({ fault, from, to }) =>
      time >= from && time <= to + graceMs && (isRefusal || (expected[fault]?.test(msg) ?? false)),
  );
}

function lineIn(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<Line>;
    return typeof line.level === 'number' && typeof line.time === 'number' ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}
