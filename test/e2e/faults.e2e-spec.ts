import { LogError, RealFileSystem } from '@config-guardian/raft-node';
import { StallableFileSystem } from '@config-guardian/raft-node/testing';
import { PinoLogger } from 'nestjs-pino';
import type { Response } from 'supertest';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { SchemasService } from '../../apps/server/src/schemas/schemas.service';
import { eventually } from '../support/postgres-directory';
import { problemIn } from '../support/problem';
import { sendRaw } from '../support/raw-http';
import { TcpProxy } from '../support/tcp-proxy';
import type { TestProject, World } from '../support/world';
import { aWorld, unique } from '../support/world';

const disk = new StallableFileSystem(new RealFileSystem());
const maxPending = 4;
let database: TcpProxy;
let world: World;
let project: TestProject;
let config: string;

beforeAll(async () => {
  world = await aWorld(
    { REQUEST_TIMEOUT: '1500ms', DATABASE_CONNECT_TIMEOUT: '500ms', DATABASE_STATEMENT_TIMEOUT: '1s' },
    {
      log: { fileSystem: disk, limits: { maxPending } },
      reachDatabase: async (url) => (database = await TcpProxy.before(url)).url,
    },
  );
  project = await world.aProject();
  // Requests have little time here, and run from source the thread that inspects schemas may need more to start.
  const schema = await eventually('a schema is created', () => world.aSchema().catch(() => undefined));
  const { key } = await world.aConfig(project, schema);
  config = `/v1/projects/${project.id}/configs/${key}`;
  await world.asAdmin('get', `${config}/revisions`).expect(200);
}, 60_000);
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await world.close();
  await database.close();
});

const describeProject = (description: string, key = unique('once')) =>
  world.asAdmin('patch', `/v1/projects/${project.id}`).set('Idempotency-Key', key).send({ description });
const readiness = async (): Promise<Response> => world.http('get', '/ready');
const untilReady = () =>
  eventually('the node is ready', async () => ((await readiness()).status === 200 ? true : undefined));

describe('an unexpected exception', () => {
  it('is an internal-error that shows nothing of the inside', async () => {
    jest.spyOn(world.app.get(SchemasService), 'list').mockImplementation(() => {
      throw new Error('select * from secrets');
    });
    const answer = await world.asAdmin('get', '/v1/schemas');
    problemIn(answer, 500, 'internal-error');
    expect(answer.text).not.toMatch(/secrets|\.ts\b|\.js\b/);
  });

  it('in apply never reaches the log', async () => {
    const node = world.app.get(ConsensusNode);
    const before = node.log.status().lastIndex;
    jest.spyOn(createProject, 'apply').mockImplementation(() => {
      throw new Error('a mistake in an applier');
    });
    problemIn(await world.asAdmin('post', '/v1/projects').send({ name: unique('project') }), 500, 'internal-error');
    expect(node.log.status().lastIndex).toBe(before);
    expect(world.fatal).toEqual([]);
  });
});

describe('what this node asks of its log without being asked itself', () => {
  it('is no secret when it fails for a reason that nobody foresaw; that there is no leader is none to tell', async () => {
    const { log } = world.app.get(ConsensusNode);
    const told = jest.spyOn(PinoLogger.prototype, 'error').mockReturnValue(undefined);
    const asked = jest.spyOn(log, 'readIndex').mockRejectedValue(new LogError('no-leader', 'No leader is known.'));
    await eventually('the log was asked', () => Promise.resolve(asked.mock.calls.length > 2 || undefined));
    expect(told).not.toHaveBeenCalled();
    const mistake = new Error('a mistake in the log');
    asked.mockRejectedValue(mistake);
    await eventually('the node says so', () => Promise.resolve(told.mock.calls.length > 0 || undefined));
    expect(told).toHaveBeenCalledWith({ err: mistake }, 'the state could not be confirmed');
  });
});

describe('a body that stops half way', () => {
  it('is 408, and the connection ends', async () => {
    const head = ['POST /v1/auth/login HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 100'];
    const answer = await sendRaw(world.url, [...head, '', '{"email":'].join('\r\n'));
    expect(answer.status).toBe(408);
    expect(answer.head).toMatch(/Connection: close/i);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'request-timeout', status: 408 });
  });
});

describe('a read that this node cannot serve', () => {
  it('is too-stale beyond its bound', async () => {
    await world.asAdmin('get', `${config}?consistency=local&maxStaleness=10s`).expect(200);
    problemIn(await world.asAdmin('get', `${config}?consistency=local&maxStaleness=0ms`), 503, 'too-stale');
  });

  it('waits for minIndex, and says index-not-reached when it does not come', async () => {
    const { headers } = await world.asAdmin('get', config).expect(200);
    const next = Number(headers['x-config-index']) + 1;
    const waiting = world.asAdmin('get', `${config}?consistency=local&minIndex=${next}`).then((answer) => answer);
    await describeProject('the next change').expect(200);
    expect((await waiting).status).toBe(200);
    problemIn(await world.asAdmin('get', `${config}?minIndex=${next + 1000}`), 503, 'index-not-reached');
    const read = world.http('get', `/v1/read?minIndex=${next + 1000}`).set('X-API-Key', project.apiKey);
    problemIn(await read, 503, 'index-not-reached');
  });

  it('is no-leader when the log has none', async () => {
    const { log } = world.app.get(ConsensusNode);
    jest.spyOn(log, 'readIndex').mockRejectedValue(new LogError('no-leader', 'No leader is known.'));
    problemIn(await world.asAdmin('get', config), 503, 'no-leader');
    jest.restoreAllMocks();
    jest.spyOn(log, 'propose').mockRejectedValue(new LogError('no-leader', 'No leader is known.'));
    problemIn(await describeProject('nobody leads'), 503, 'no-leader');
  });
});

describe('a stalled disk', () => {
  it('gives 504 to what was proposed, 503 to what is too much, and answers reads', async () => {
    const keys = Array.from({ length: maxPending }, (_, n) => unique(`stalled-${n}`));
    disk.beginStall();
    try {
      const proposed = keys.map((key) => describeProject(key, key).then((answer) => answer));
      await eventually('the queue is full', () =>
        world.app.get(ConsensusNode).log.status().pendingProposals === maxPending ? true : undefined,
      );
      problemIn(await describeProject('one too many'), 503, 'overloaded');
      await world.http('get', '/health').expect(200);
      for (const answer of await Promise.all(proposed)) problemIn(answer, 504, 'outcome-unknown');
      await world.asAdmin('get', `${config}?consistency=local`).expect(200);
    } finally {
      disk.endStall();
    }
    // The outcome is known under the same key, and happens once.
    const answers = await Promise.all(keys.map((key) => describeProject(key, key).expect(200)));
    expect(answers.map(({ body }) => body.description)).toEqual(keys);
    const { body } = await world.asAdmin('get', `/v1/audit?command=project.update&limit=200`).expect(200);
    expect(new Set(body.items.map(({ index }: { index: number }) => index)).size).toBe(body.items.length);
    expect(body.items.filter(({ outcome }: { outcome: string }) => outcome === 'applied')).toHaveLength(
      keys.length + 1,
    );
  });
});

describe('a database that is away', () => {
  it('stops neither reads of the current state nor writes; history is 503, and nothing is lost', async () => {
    await database.close();
    try {
      await describeProject('written while the database was away').expect(200);
      expect((await world.asAdmin('get', `/v1/projects/${project.id}`).expect(200)).body.description).toMatch(/away/);
      await world.http('get', '/v1/read').set('X-API-Key', project.apiKey).expect(200);
      for (const path of [`${config}/revisions`, `${config}/revisions/1`, '/v1/audit', '/v1/audit/verify'])
        problemIn(await world.asAdmin('get', path), 503, 'not-ready');
      const rollback = world.asAdmin('post', `${config}/rollback`).send({ targetVersion: 1, expectedVersion: 1 });
      problemIn(await rollback, 503, 'not-ready');
      expect((await readiness()).body).toMatchObject({
        status: 'unavailable',
        checks: { database: { status: 'unavailable' } },
      });
      await world.http('get', '/health').expect(200);
    } finally {
      await database.open();
    }
    await untilReady();
    const { body } = await eventually('the history is there', async () => {
      const answer = await world.asAdmin('get', '/v1/audit?command=project.update&limit=1');
      return answer.status === 200 ? answer : undefined;
    });
    expect(body.items).toMatchObject([{ command: 'project.update@1', outcome: 'applied' }]);
    expect((await world.asAdmin('get', '/v1/audit/verify').expect(200)).body).toMatchObject({ valid: true });
  });

  it('that does not answer is a timeout', async () => {
    await world.asAdmin('get', `${config}/revisions`).expect(200);
    // Until the connection is back in the pool: a new one would find the database away, not silent.
    await new Promise((resolve) => setTimeout(resolve, 200));
    database.pause();
    try {
      problemIn(await world.asAdmin('get', `${config}/revisions`), 503, 'timeout');
    } finally {
      database.resume();
    }
    await untilReady();
  });
});

it('has needed no restart', () => expect(world.fatal).toEqual([]));
