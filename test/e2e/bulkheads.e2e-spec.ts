import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Response } from 'supertest';
import { History } from '../../apps/server/src/consensus/history';
import { SchemaValidator } from '../../apps/server/src/schemas/validation/schema-validator';
import { PasswordWork } from '../../apps/server/src/users/password-work';
import { eventually } from '../support/postgres-directory';
import { problemIn } from '../support/problem';
import type { Session, TestProject, TestSchema, World } from '../support/world';
import { aWorld, portSchema, unique } from '../support/world';

let world: World;
let project: TestProject;
let schema: TestSchema;
let user: Session;

beforeAll(async () => {
  // What waits shall wait until the test lets it go, and not until its own time is over.
  world = await aWorld({ REQUEST_TIMEOUT: '5m' });
  project = await world.aProject();
  schema = await world.aSchema();
  await world.aConfig(project, schema, 'app');
  user = await world.aUser();
}, 60_000);
afterEach(() => jest.restoreAllMocks());
afterAll(() => world.close());

/** Holds up whoever comes to it, until it is opened. */
class Gate {
  #open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  arrived = 0;

  async pass(): Promise<void> {
    this.arrived++;
    await this.#opened;
  }

  open(): void {
    this.#open();
  }
}

const sent = (count: number, send: () => PromiseLike<Response>) => {
  const answers: Response[] = [];
  const all = Array.from({ length: count }, async () => answers.push(await send()));
  return { answers, all: Promise.all(all) };
};

/** What services and people read, of which the heavy calls may hold up nothing. */
async function readsAreAnswered(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const reads = [
      ...['/v1/read', '/v1/read/app', '/v1/read/app?raw=true&minIndex=1'].map((path) =>
        world.http('get', path).set('X-API-Key', project.apiKey),
      ),
      ...['/v1/auth/me', '/v1/projects', `/v1/projects/${project.id}/configs/app`, '/v1/cluster'].map((path) =>
        world.asAdmin('get', path),
      ),
      world.http('get', '/health'),
    ];
    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
  }
}

interface Heavy {
  readonly send: () => PromiseLike<Response>;
  /** Where it is held up while it is at work. */
  readonly hold: (gate: Gate) => void;
  /** At work, and waiting for their turn. */
  readonly running: number;
  readonly waiting: number;
  readonly success: number;
}

const login = () => world.http('post', '/v1/auth/login').send({ email: user.email, password: user.password });
const kinds: Readonly<Record<string, Heavy>> = {
  logins: {
    send: login,
    hold: (gate) => {
      const matches = jest.spyOn(PasswordWork.prototype, 'matches');
      matches.mockImplementation(async () => (await gate.pass(), true));
    },
    ...{ running: 2, waiting: 64, success: 200 },
  },
  'dry runs of a schema': {
    send: () => world.asAdmin('post', `/v1/schemas/${schema.id}/impact`).send({ content: portSchema }),
    hold: (gate) => {
      const validateMany = jest.spyOn(SchemaValidator.prototype, 'validateMany');
      validateMany.mockImplementation(async (_bundle, contents) => {
        await gate.pass();
        return contents.map(() => ({ valid: true, errors: [] }));
      });
    },
    ...{ running: 2, waiting: 16, success: 200 },
  },
  'verifications of the audit': {
    send: () => world.asAdmin('get', '/v1/audit/verify'),
    hold: (gate) => {
      const history = world.app.get(History, { strict: false });
      const at = history.at.bind(history);
      jest.spyOn(history, 'at').mockImplementation(async (...parameters) => (await gate.pass(), at(...parameters)));
    },
    ...{ running: 1, waiting: 8, success: 200 },
  },
};

describe.each(Object.entries(kinds))('%s', (_name, { send, hold, running, waiting, success }) => {
  it('wait for their turn, those that are too many are 503, and every read is answered meanwhile', async () => {
    const [gate, surplus] = [new Gate(), 7];
    hold(gate);
    const { answers, all } = sent(running + waiting + surplus, send);
    try {
      await eventually('those at work are held', () => Promise.resolve(gate.arrived === running || undefined));
      await eventually('the surplus is answered', () => Promise.resolve(answers.length >= surplus || undefined));
      for (const answer of answers) problemIn(answer, 503, 'overloaded');
      await readsAreAnswered();
      expect([gate.arrived, answers.length]).toEqual([running, surplus]);
    } finally {
      gate.open();
    }
    await all;
    expect(answers.slice(surplus).map(({ status }) => status)).toEqual(Array(running + waiting).fill(success));
  }, 120_000);
});

describe('backups', () => {
  it('are made one at a time, and one that nobody reads holds up no read', async () => {
    const { key } = await world.aConfig(project, await world.aSchema({}), unique('large'), { text: noise() });
    const path = `/v1/projects/${project.id}/configs/${key}`;
    // More than the buffers between two ends of a connection take.
    for (let version = 1; version < 12; version++)
      await world
        .asAdmin('put', path)
        .send({ content: { text: noise() }, expectedVersion: version })
        .expect(200);
    const unread = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { Authorization: `Bearer ${world.admin.accessToken}` };
      request(`${world.url}/v1/cluster/backup`, { headers, agent: false }, resolve).on('error', reject).end();
    });
    unread.on('error', () => undefined);
    problemIn(await world.asAdmin('get', '/v1/cluster/backup'), 503, 'overloaded');
    await readsAreAnswered();
    problemIn(await world.asAdmin('get', '/v1/cluster/backup'), 503, 'overloaded');
    unread.destroy();
    await eventually('the next one is made', async () =>
      (await world.asAdmin('get', '/v1/cluster/backup')).status === 200 ? true : undefined,
    );
  }, 120_000);
});

describe('real work, of all kinds at once', () => {
  it('leaves every read answered, and each heavy call is done or 503', async () => {
    const heavy = [
      sent(90, login),
      sent(30, () =>
        world.asAdmin('post', '/v1/users').send({ email: `${unique('user')}@example.com`, password: user.password }),
      ),
      sent(30, kinds['dry runs of a schema']!.send),
      sent(30, kinds['verifications of the audit']!.send),
    ];
    const done = Promise.all(heavy.map(({ all }) => all));
    await readsAreAnswered();
    await done;
    for (const answer of heavy.flatMap(({ answers }) => answers))
      if (answer.status >= 400) problemIn(answer, 503, 'overloaded');
  }, 120_000);
});

/** Does not become smaller by compression. */
function noise(): string {
  return Array.from({ length: 30_000 }, () => Math.random().toString(36).slice(2))
    .join('')
    .slice(0, 300_000);
}
