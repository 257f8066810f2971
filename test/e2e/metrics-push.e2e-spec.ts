import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process';
import { OtlpReceiver } from '../support/otlp-receiver';
import { eventually } from '../support/postgres-directory';

const directory = mkdtempSync(join(tmpdir(), 'config-guardian-pushed-'));
let receiver: OtlpReceiver;
let node: NodeProcess;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  node = await NodeProcess.on(directory, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  });
  await node.start();
}, 90_000);
afterAll(async () => {
  await node.stop();
  await receiver.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function newest() {
  const seen = receiver.metrics.length;
  for (let waited = 0; receiver.metrics.length < seen + 2 && waited < 15_000; waited += 50) await wait(50);
  return new Map(receiver.metrics.at(-1)?.map((metric) => [metric.name, metric]));
}

describe('metrics over OTLP', () => {
  it('are those of /metrics, by the same names', async () => {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(50);
    expect([...(await newest()).keys()].sort()).toEqual(names.sort());
    expect(receiver.resources[0]).toMatchObject({ 'service.name': 'config-guardian', 'service.instance.id': 'node-1' });
    expect(receiver.spans).toEqual([]);
  });

  it('have counters and histograms that add up', async () => {
    const metrics = await newest();
    const sync = metrics.get('config_guardian_log_sync_duration_seconds')?.histogram;
    const [point] = sync?.dataPoints ?? [];
    expect(sync?.aggregationTemporality).toBe(2);
    expect(Number(point?.count)).toBeGreaterThan(0);
    expect(point?.bucketCounts?.reduce((sum, count) => sum + Number(count), 0)).toBe(Number(point?.count));
    expect(point?.bucketCounts).toHaveLength((point?.explicitBounds?.length ?? 0) + 1);
    expect(metrics.get('config_guardian_commands_total')?.sum).toMatchObject({ isMonotonic: true });
  });

  it.each([
    ['config_guardian_raft_knows_leader', 1],
    ['config_guardian_serving', 1],
    ['config_guardian_raft_peer_lag_entries', 0],
  ])('%s is %d on a node that is well', async (name, value) => {
    expect((await newest()).get(name)?.gauge?.dataPoints.map(({ asDouble }) => asDouble)).toEqual([value]);
  });

  it.each([
    'config_guardian_data_directory_free_bytes',
    'config_guardian_data_directory_size_bytes',
    'config_guardian_log_bytes',
    'config_guardian_database_pool_connections',
  ])('%s is told', async (name) => {
    expect((await newest()).get(name)?.gauge?.dataPoints.some(({ asDouble = 0 }) => asDouble > 0)).toBe(true);
  });

  it('away, cost the node nothing but one line', async () => {
    receiver.status = 503;
    for (let waited = 0; !node.output.includes('metrics cannot be sent') && waited < 10_000; waited += 50)
      await wait(50);
    const circuit = async (): Promise<string | undefined> =>
      /^config_guardian_circuit_state\{to="otlp",use="metrics"\} (\d)$/m.exec(
        await (await fetch(`${node.url}/metrics`)).text(),
      )?.[1];
    await eventually('it is not asked any more', async () => (await circuit()) === '2' || undefined);
    expect(node.output.match(/metrics cannot be sent/g)).toHaveLength(1);
    expect((await fetch(`${node.url}/ready`)).status).toBe(200);
    receiver.status = 200;
    expect((await newest()).size).toBeGreaterThan(50);
    expect(await circuit()).toBe('0');
  });

  it('are sent to one whose answer has no end, which is not listened to', async () => {
    receiver.isEndless = true;
    const said = receiver.saidBytes;
    const sent = receiver.metrics.length;
    await eventually('some were sent', () => (receiver.metrics.length >= sent + 5 ? true : undefined));
    receiver.isEndless = false;
    // What fits into the buffers of a connection, for each.
    expect(receiver.saidBytes - said).toBeLessThan((receiver.metrics.length - sent) * 16 * 1024 ** 2);
    expect((await newest()).size).toBeGreaterThan(50);
  });
});
