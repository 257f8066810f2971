import autocannon from 'autocannon';
import { cpuTime } from './cpu-time';

export interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly errors: number;
  readonly refused: number;
  /** Microseconds of CPU for each request: of the server's process, and of the processes that it started (its database). */
  readonly cpu: number;
  readonly databaseCpu: number;
}

export interface LoadOptions extends Omit<autocannon.Options, 'url'> {
  /** Of several each connection takes the next. */
  readonly url: string | readonly string[];
  /** The process of the server, or those of all its nodes. */
  readonly pid: number | readonly number[];
}

/** Runs one load and gives its figures; milliseconds, quantiles over the whole run. */
export async function load({ pid, url, ...options }: LoadOptions): Promise<Figures> {
  const latencies: number[] = [];
  const before = cpuOf([pid].flat());
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    // Its types do not know that it takes several.
    const urls = url as string;
    const instance = autocannon({ connections: 64, duration: 10, ...options, url: urls }, (error: unknown, done) =>
      error ? reject(error as Error) : resolve(done),
    );
    instance.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  });
  const after = cpuOf([pid].flat());
  const quantile = quantilesOf(latencies);
  return {
    perSecond: latencies.length / result.duration,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    errors: result.errors + result.timeouts,
    refused: result.non2xx,
    cpu: (after.own - before.own) / latencies.length,
    databaseCpu: (after.descendants - before.descendants) / latencies.length,
  };
}

function cpuOf(pids: readonly number[]): ReturnType<typeof cpuTime> {
  const sum = { own: 0, descendants: 0 };
  for (const { own, descendants } of pids.map(cpuTime)) {
    sum.own += own;
    sum.descendants += descendants;
  }
  return sum;
}

export function quantilesOf(values: readonly number[]): (q: number) => number {
  const sorted = [...values].sort((a, b) => a - b);
  return (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function printFigures(rows: Readonly<Record<string, Figures>>): void {
  printTable(
    ['load', 'per second', 'p50 ms', 'p95 ms', 'p99 ms', 'errors', 'not 2xx', 'node CPU µs', 'database CPU µs'],
    Object.entries(rows).map(([name, f]) => [
      name,
      f.perSecond.toFixed(0),
      f.p50.toFixed(1),
      f.p95.toFixed(1),
      f.p99.toFixed(1),
      String(f.errors),
      String(f.refused),
      f.cpu.toFixed(0),
      f.databaseCpu.toFixed(0),
    ]),
  );
}

/** The first column to the left, the others to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`${cells.join('  ')}\n`);
  }
}
