import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { dashboards, queriesOf } from '../compose/dashboards';
import { freePort, NodeProcess } from '../support/node-process';
import { recorded, rules } from './rules';
import { exported, selectorsOf } from './selectors';

/** What Prometheus puts on every series, from the job or the service it scrapes. */
const ofTheTarget = new Set(['job', 'instance', 'namespace', 'service']);

describe('a running node', () => {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-metrics-'));
  let node: NodeProcess;
  let metrics: ReturnType<typeof exported>;

  beforeAll(async () => {
    const { cert, key, ca } = anAuthority('the cluster').issue('127.0.0.1');
    const peer = `127.0.0.1:${await freePort()}`;
    node = await NodeProcess.on(join(directory, 'data'), {
      RAFT_LISTEN: peer,
      CLUSTER_SECRET: 'a secret of more than sixteen characters',
      CLUSTER_PEERS: `node-1=${peer}`,
      RAFT_TLS_CERT: cert,
      RAFT_TLS_KEY: key,
      RAFT_TLS_CA: ca,
    });
    await node.start();
    // A connection that is no peer's, so that there is a series of refusals.
    await fetch(`http://${peer}`).catch(() => undefined);
    // And a request without a credential, so that there is a series of problems.
    await fetch(`${node.url}/v1/projects`);
    metrics = exported(await (await fetch(`${node.url}/metrics`)).text());
  });
  afterAll(async () => {
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([
    ...rules.map(({ record, alert: title = record, expr }) => ({ title, expr })),
    ...dashboards.flatMap(({ dashboard }) => queriesOf(dashboard)),
  ])('exports every metric and label that $title asks for', ({ expr }) => {
    const asked = selectorsOf(expr).filter(({ metric }) => !recorded.has(metric));
    const missing = asked.flatMap(({ metric, matchers }) => {
      const labels = metrics.get(metric);
      if (!labels) return [metric];
      return matchers
        .filter(({ label }) => !ofTheTarget.has(label) && !labels.has(label))
        .map(({ label }) => `${metric}{${label}}`);
    });
    expect(missing).toEqual([]);
    expect(asked.length > 0 || /\bup\{|service:/.test(expr)).toBe(true);
  });
});
