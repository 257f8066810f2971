import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';
import type { EmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';
import { ApiClient } from '../support/api-client';
import type { Answer } from '../support/api-client';
import { ConfigWriter } from '../support/config-writer';
import { FrozenPostgres } from '../support/frozen-postgres';
import { Replay } from '../support/log-copy';
import { NodeProcess } from '../support/node-process';
import { openedDataSource } from '../support/persisted-node';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { databaseRows, stateRows } from '../support/state-rows';
import { adminPassword } from '../support/world';

interface Outage {
  readonly name: string;
  readonly ms: number;
  /** Takes the server away; the result brings it back. */
  readonly begin: (postgres: EmbeddedPostgres, start: () => Promise<EmbeddedPostgres>) => Promise<Recovery>;
}
type Recovery = () => Promise<EmbeddedPostgres>;

const outages: readonly Outage[] = [
  {
    name: 'stopped',
    ms: 20_000,
    begin: async (postgres, start) => {
      await postgres.stop();
      return start;
    },
  },
  {
    // Connections stay and nothing comes over them: only time tells.
    name: 'frozen',
    ms: 15_000,
    begin: (postgres) => {
      const { host } = postgres.connectionOptions;
      const frozen = FrozenPostgres.freeze(join(dirname(host), 'cluster'), postgres.processId ?? 0);
      return Promise.resolve(() => {
        frozen.thaw();
        return Promise.resolve(postgres);
      });
    },
  },
];

/** The persister keeps 128 MiB at most, by its own measure; the rest is garbage that is not collected yet. */
const mostGrowthMiB = 600;

/** Resident memory of a process; undefined where the system does not tell. */
function residentMiB(processId: number): number | undefined {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found) / 1024;
  } catch {
    return undefined;
  }
}

describe.each(outages)('a node whose PostgreSQL is $name for $ms ms under load', ({ name, ms: outageMs, begin }) => {
  const directory = temporaryDirectory();
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let node: NodeProcess;
  let client: ApiClient;
  let configs: string;
  let apiKey: string;
  let writers: readonly ConfigWriter[];
  let watching: NodeJS.Timeout | undefined;

  const startPostgres = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDirectory: join(directory.path, 'server'), log: () => undefined });

  beforeAll(async () => {
    dataDir = join(directory.path, 'data');
    postgres = await startPostgres();
    const variables = {
      ADMIN_PASSWORD: adminPassword,
      DATABASE_URL: postgres.connectionUrl,
      LOG_LEVEL: 'warn',
      REQUEST_TIMEOUT: '5s',
    };
    node = await NodeProcess.on(dataDir, variables);
    await node.start();
    client = new ApiClient(node.url);
    await client.logIn();
    const project = await client.ask<{ id: string; apiKey: string }>('POST', '/v1/projects', { name: 'outage' });
    const schema = await client.ask<{ id: string }>('POST', '/v1/schemas', { name: 'any', content: {} });
    apiKey = project.apiKey;
    configs = `/v1/projects/${project.id}/configs`;
    // Half of them write so much that the node cannot keep 20 s of it in memory.
    const options = (n: number) => ({
      expectsVersion: n % 4 < 2,
      ...(n % 2 === 0 && { padding: 'x'.repeat(200_000) }),
    });
    writers = Array.from({ length: 16 }, (_, n) => new ConfigWriter(client, configs, `writer-${n}`, options(n)));
    for (const writer of writers) await writer.create(schema.id);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.abandon()));
    await node.stop();
    await postgres.stop();
    directory.remove();
  }, 60_000);

  const answersOf = (status: number | 'none'): number =>
    writers.reduce((sum, writer) => sum + (writer.answers.get(status) ?? 0), 0);
  const acknowledged = (): number => writers.reduce((sum, writer) => sum + writer.acknowledged, 0);

  /** Reads of the current state, by API key and by an administrator, one after the other until `until`. */
  async function readUntil(until: number): Promise<{ reads: number; slowestMs: number; wrong: string[] }> {
    const result = { reads: 0, slowestMs: 0, wrong: [] as string[] };
    for (let newest = 0; performance.now() < until; await wait(20)) {
      const { acknowledged: atLeast, key } = writers[1] as ConfigWriter;
      for (const path of [`/v1/read/${apiKey}/${key}`, `${configs}/${key}`]) {
        const began = performance.now();
        const { status, body }: Answer = await client.send('GET', path);
        result.reads += 1;
        result.slowestMs = Math.max(result.slowestMs, performance.now() - began);
        const version = Number(body['version']);
        if (status !== 200 || version < newest || version < atLeast + 1)
          result.wrong.push(`${path}: ${status}, ${version}`);
        newest = version;
      }
    }
    return result;
  }

  it('goes on reading, writes or says 503, keeps its memory bounded, and PostgreSQL has it all afterwards', async () => {
    const before = residentMiB(node.pid);
    for (const writer of writers) writer.start();
    await wait(1_000);
    const ackedBefore = acknowledged();
    const recover = await begin(postgres, startPostgres);
    let peak = 0;
    watching = setInterval(() => (peak = Math.max(peak, residentMiB(node.pid) ?? 0)), 100);
    const reading = readUntil(performance.now() + outageMs);
    const asking = client.send('GET', `${configs}/writer-1/revisions`);
    await wait(outageMs / 2);
    const { status: readiness, body } = await client.send('GET', '/ready');
    expect({ readiness, ...body }).toMatchObject({ readiness: 503, checks: { database: { status: 'unavailable' } } });
    const history = await asking;
    expect({ status: history.status, retry: history.headers.has('retry-after') }).toEqual({ status: 503, retry: true });
    const { reads, slowestMs, wrong } = await reading;
    const ackedDuring = acknowledged() - ackedBefore;
    postgres = await recover();
    const began = performance.now();
    await eventually('the node is ready again', async () => ((await node.isReady()) ? true : undefined));
    await Promise.all(writers.map((writer) => writer.pause()));
    const lost = (await Promise.all(writers.map((writer) => writer.verify()))).flat();
    console.log(
      `${outageMs / 1000} s with PostgreSQL ${name}: ${ackedDuring} writes acknowledged, ${answersOf(503)} answers 503, ${answersOf(504)} answers 504; ` +
        `${reads} reads, slowest ${Math.round(slowestMs)} ms; memory ${Math.round(before ?? 0)} MiB before, ${Math.round(peak)} MiB at most; ` +
        `caught up ${Math.round(performance.now() - began)} ms after it was back; ${acknowledged()} writes in all, ${lost.length} lost`,
    );
    expect({ wrong, lost }).toEqual({ wrong: [], lost: [] });
    expect(ackedDuring).toBeGreaterThan(0);
    expect(node.output).toContain('the database has taken nothing for');
    // The load was enough to fill what may wait, and nobody was left to guess what became of a write.
    expect(answersOf(503)).toBeGreaterThan(0);
    expect([answersOf(504), answersOf('none')]).toEqual([0, 0]);
    if (before !== undefined) expect(peak - before).toBeLessThan(mostGrowthMiB);
  }, 180_000);

  afterEach(() => clearInterval(watching));

  it('has in PostgreSQL the very rows of a replay of its log', async () => {
    await node.stop();
    const replay = new Replay();
    await replay.catchUp(dataDir);
    const dataSource = await openedDataSource(postgres.connectionUrl);
    expect(await databaseRows(dataSource)).toEqual(stateRows(replay.machine));
    await dataSource.destroy();
  }, 60_000);
});
