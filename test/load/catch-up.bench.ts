import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Position, Timed, Work } from './log-node';
import { LOG_NODES, runLogNode, startLog, told } from './log-node';

/**
 * A follower that was away while a million small entries were written, all of which the log still holds: how long it takes
 * until it stands where the leader stands, and what that does to the writes that go on, so many a second.
 *
 *   npm run bench:catch-up
 */
const ENTRIES = Number(process.env.ENTRIES ?? 1_000_000);
const PER_SECOND = Number(process.env.PER_SECOND ?? 500);
const PACED_MS = 10_000;
const BYTES = 16;
const print = (line: string): void => void process.stdout.write(`${line} (load average ${loadavg()[0]!.toFixed(1)})\n`);
const line = ({ rate, p50, p99 }: Timed): string =>
  `${rate.toFixed(0)} writes/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;

/** The log, with children that can end and come back in their places. */
class Log {
  constructor(
    private readonly directory: string,
    readonly children: ChildProcess[],
  ) {}

  all(message: object): void {
    for (const child of this.children) if (child.connected) child.send(message);
  }

  async figures(message: object): Promise<Timed> {
    const figures = told(this.children, 'figures');
    this.all(message);
    return figures;
  }

  async position(n: number): Promise<Position> {
    const position = told([this.children[n]!], 'position');
    this.children[n]!.send({ position: true });
    return position;
  }

  async leader(): Promise<number> {
    const positions = await Promise.all(this.children.map((_, n) => this.position(n)));
    return positions.findIndex(({ leads }) => leads);
  }

  async kill(n: number): Promise<void> {
    const ended = once(this.children[n]!, 'exit');
    this.children[n]!.kill('SIGKILL');
    await ended;
  }

  async restart(n: number, known: Readonly<Record<string, string>>): Promise<void> {
    const child = fork(__filename, ['node', LOG_NODES[n]!, this.directory]);
    this.children[n] = child;
    this.all({ ...known, [LOG_NODES[n]!]: await told([child], 'address') });
  }
}

async function run(log: Log, addresses: Readonly<Record<string, string>>): Promise<void> {
  const paced = async (until: Promise<unknown>): Promise<Timed> => {
    log.all({ pace: PER_SECOND });
    await until;
    return log.figures({ endPace: true });
  };
  const fill = (count: number): Promise<Timed> =>
    log.figures({ measure: { count, inFlight: 1024, bytes: BYTES } satisfies Work });
  await fill(20_000);
  const before = await paced(wait(PACED_MS));
  print(`All three there: ${line(before)}`);
  const leader = await log.leader();
  const away = (leader + 1) % LOG_NODES.length;
  await log.kill(away);
  const filled = await fill(ENTRIES);
  print(`${ENTRIES} entries of ${BYTES} bytes written without ${LOG_NODES[away]}: ${filled.rate.toFixed(0)}/s`);
  const alone = await paced(wait(PACED_MS));
  print(`Two there: ${line(alone)}`);
  const behind = (await log.position(leader)).commit;
  const during = await paced(caughtUp(log, { leader, away, addresses, behind }));
  print(
    `While it caught up: ${line(during)}; p99 ${(during.p99 / before.p99).toFixed(2)} of what it was (target 2.00 and below)`,
  );
}

interface Absence {
  readonly leader: number;
  readonly away: number;
  readonly addresses: Readonly<Record<string, string>>;
  /** What the leader had committed when it came back. */
  readonly behind: number;
}

async function caughtUp(log: Log, { leader, away, addresses, behind }: Absence): Promise<void> {
  const from = performance.now();
  await log.restart(away, addresses);
  const opened = performance.now();
  for (;;) {
    const [its, own] = [await log.position(leader), await log.position(away)];
    if (own.applied >= behind && own.applied >= its.commit - PER_SECOND / 10) break;
    await wait(20);
  }
  const seconds = (performance.now() - opened) / 1000;
  print(
    `${LOG_NODES[away]} opened its log in ${((opened - from) / 1000).toFixed(1)} s and caught up ${ENTRIES} entries in ` +
      `${seconds.toFixed(1)} s: ${(ENTRIES / seconds).toFixed(0)} entries/s`,
  );
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'catch-up-bench-'));
  const { children, addresses } = await startLog(__filename, directory);
  try {
    await run(new Log(directory, children), addresses);
  } finally {
    const running = children.filter(({ connected }) => connected);
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.disconnect();
    await Promise.all(ended);
    rmSync(directory, { recursive: true });
  }
}

const [role, first, second] = process.argv.slice(2);
if (role === 'node') void runLogNode(first!, second!, { keptEntries: 4 * ENTRIES, keptBytes: 2 ** 32 });
else void main();
