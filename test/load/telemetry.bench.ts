import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess } from '../support/node-process';
import { OtlpReceiver } from '../support/otlp-receiver';
import { connections, HttpLoads } from './http-loads';
import { password, prepare } from './http-target';
import type { Figures } from './load-run';
import { printFigures, quantilesOf } from './load-run';

/**
 * What telemetry costs: two nodes side by side, one that sends traces (one of a hundred) and metrics (every second) to a
 * receiver, and one that sends none. One run, alternating. `npm run bench:telemetry [-- rounds seconds]`
 */
const [rounds = '5', seconds = '3'] = process.argv.slice(2);

const target = 0.9;
const median = (values: readonly number[]): number => quantilesOf(values)(0.5);
const medianOf = (all: readonly Figures[]): Figures =>
  [...all].sort((a, b) => a.perSecond - b.perSecond)[all.length >> 1] as Figures;

async function aNode(directory: string, name: string, variables: Readonly<Record<string, string>>) {
  const own = { ADMIN_PASSWORD: password, ACCESS_TOKEN_TTL: '1d', LOG_LEVEL: 'info', ...variables };
  const node = await NodeProcess.on(join(directory, name), own);
  await node.start();
  const target = await prepare(node, connections);
  return { node, loads: new HttpLoads(target, Number(seconds)), read: `/v1/read/${target.apiKey}/config-1` };
}

type Node = Awaited<ReturnType<typeof aNode>>;
const kinds: Readonly<Record<string, (node: Node) => Promise<Figures>>> = {
  reads: ({ loads, read }) => loads.get(read),
  writes: ({ loads }) => loads.updates(),
};

async function measure(nodes: Readonly<Record<'on' | 'off', Node>>): Promise<void> {
  const medians: Record<string, Figures> = {};
  const ratios: string[] = [];
  for (const [kind, run] of Object.entries(kinds)) {
    const results: Record<'on' | 'off', Figures[]> = { on: [], off: [] };
    for (const node of Object.values(nodes)) await run(node); // warm-up
    for (let round = 0; round < Number(rounds); round++) {
      // Neither is always the first.
      const order = round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const);
      for (const which of order) results[which].push(await run(nodes[which]));
    }
    const over = (value: (on: Figures, off: Figures) => number): string =>
      median(results.on.map((on, round) => value(on, results.off[round] as Figures))).toFixed(2);
    const rate = over((on, off) => on.perSecond / off.perSecond);
    const cpu = over((on, off) => off.cpu / on.cpu);
    if (Number(rate) < target) process.exitCode = 1;
    ratios.push(
      `${kind}, everything on / off: ${rate} by rate, ${cpu} by CPU time (target ${target.toFixed(2)} and above)`,
    );
    for (const which of ['on', 'off'] as const) medians[`${kind}, ${which}`] = medianOf(results[which]);
  }
  printFigures(medians);
  process.stdout.write(`${ratios.join('\n')}\n`);
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-bench-'));
  const receiver = await OtlpReceiver.start();
  const started: Node[] = [];
  try {
    const on = await aNode(directory, 'on', {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    });
    started.push(on);
    const off = await aNode(directory, 'off', {});
    started.push(off);
    await measure({ on, off });
    process.stdout.write(`received: ${receiver.spans.length} spans, ${receiver.metrics.length} times all metrics\n`);
  } finally {
    await Promise.all(started.map(({ node }) => node.stop()));
    await receiver.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

void main();
