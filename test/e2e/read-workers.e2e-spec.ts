import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { counted, fastReadCases, told } from '../support/fast-read-cases';
import { EventStream } from '../support/event-stream';
import { NodeWithWorkers } from '../support/node-with-workers';
import { eventually } from '../support/postgres-directory';
import { sendRaw } from '../support/raw-http';
import { workersOf } from '../support/read-worker-processes';

let place: NodeWithWorkers;
beforeAll(async () => {
  place = await NodeWithWorkers.start();
}, 90_000);
afterAll(() => place.close());

/** Over a connection of its own, from an address of this machine. */
async function send(
  url: string,
  { method = 'GET', headers = {}, body = '', localAddress = '127.0.0.1' } = {},
): Promise<{ status: number; body: string }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, localAddress, agent: false }, resolve).once('error', reject).end(body);
  });
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}

describe('a read that a worker answers', () => {
  fastReadCases({
    world: () => place.world(),
    project: () => place.project(),
    answered: () => place.answered(),
    answeredOneMore: (from) => place.answeredOneMore(from),
    answeredNoMore: (from) => place.answeredNoMore(from),
  });

  it('is never older than the update before it, whichever worker has the connection', async () => {
    const from = await place.answered();
    for (let n = 0; n < 200; n++) {
      const content = Math.random();
      const version = await place.update(content);
      expect(JSON.parse((await send(place.url)).body)).toEqual({ key: 'app', version, content });
    }
    await place.answeredNoMore(from + 200);
  }, 60_000);

  it('is of a state whose age is told, and which grows no older while the node is well', async () => {
    for (let n = 0; n < 20; n++) {
      const answer = await fetch(`${place.url}?consistency=local`, { headers: { connection: 'close' } });
      await answer.arrayBuffer();
      expect(Number(answer.headers.get('x-config-age'))).toBeLessThan(2_000);
    }
  });
});

describe('what a worker passes on', () => {
  it('holds streams of events', async () => {
    const stream = await EventStream.open(`${place.node.url}/v1/watch/${place.project().apiKey}?keys=app`);
    try {
      const version = await place.update('seen');
      const told = `"version":${version}`;
      await stream.until('the change', () => stream.events.some(({ data }) => JSON.stringify(data).includes(told)));
    } finally {
      stream.close();
    }
  });

  it('holds reads that wait for a change', async () => {
    const index = Number((await fetch(place.url)).headers.get('x-config-index'));
    const waiting = send(`${place.url}?waitIndex=${index}&wait=20s`);
    const version = await place.update('waited for');
    expect(JSON.parse((await waiting).body)).toMatchObject({ version, content: 'waited for' });
  });

  it('holds large contents, in and out', async () => {
    const content = 'ü'.repeat(500_000);
    await place.aConfig('large', content);
    const { body } = await send(`${place.node.url}/v1/read/${place.project().apiKey}`);
    const { items } = JSON.parse(body) as { items: { key: string; content: unknown }[] };
    expect(items.find(({ key }) => key === 'large')?.content).toBe(content);
  });

  it('holds several requests at once over one connection, answered in their order', async () => {
    const { pathname } = new URL(place.url);
    const asked = (path: string, last = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${last}\r\n`;
    const all =
      asked(pathname) + asked('/health') + asked(`${pathname}?minIndex=0`) + asked('/ready', 'Connection: close\r\n');
    const { head, body } = await sendRaw(place.node.url, all);
    const statuses = `${head}${body}`.match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(Array(4).fill('HTTP/1.1 200'));
    expect(body.match(/"key":"app"|"status":"\w+"/g)?.slice(0, 3)).toEqual([
      '"key":"app"',
      '"status":"ok"',
      '"key":"app"',
    ]);
  });

  it('counts by the address of the caller, whatever a caller says of it', async () => {
    const body = JSON.stringify({ email: 'nobody@example.com', password: 'a wrong password' });
    const logIn = (localAddress: string, forged: string) =>
      send(`${place.node.url}/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'config-guardian-caller': forged, 'x-forwarded-for': forged },
        body,
        localAddress,
      });
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push((await logIn('127.0.0.2', `10.0.0.${n}`)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    expect((await logIn('127.0.0.3', '127.0.0.2')).status).toBe(401);
  }, 30_000);

  it.each([
    ['nonsense', 'HEAL', 400],
    ['a request without Host', 'GET /v1/projects HTTP/1.1\r\n\r\n', 400],
    ['a target without a path', 'GET foo:// HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['HTTP/1.0 without Host', 'GET /health HTTP/1.0\r\n\r\n', 200],
    [
      'a body that nobody asked for',
      'POST /v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n\r\n',
      401,
    ],
  ])('is answered as the node answers %s', async (_what, bytes, status) => {
    const answer = await sendRaw(place.node.url, bytes === 'HEAL' ? 'HEAL ME\r\n\r\n' : bytes);
    expect(answer.status).toBe(status);
  });
});

describe('a stream of events', () => {
  it('is given back to the node: it outlives the worker that was asked', async () => {
    const streams = await Promise.all(
      Array.from({ length: 6 }, () =>
        EventStream.open(`${place.node.url}/v1/watch/${place.project().apiKey}?keys=app`),
      ),
    );
    try {
      for (const worker of workersOf(place.node)) process.kill(worker, 'SIGKILL');
      const metrics = () => fetch(`${place.node.url}/metrics`).then((answer) => answer.text());
      await eventually('there are others', () =>
        metrics().then(
          (text) => (text.includes(`config_guardian_read_workers ${place.count}`) ? true : undefined),
          () => undefined,
        ),
      );
      const told = `"version":${await place.update('after their end')}`;
      for (const stream of streams) {
        await stream.until('the change', () => stream.events.some(({ data }) => JSON.stringify(data).includes(told)));
        expect(stream.hasEnded).toBe(false);
      }
    } finally {
      for (const stream of streams) stream.close();
    }
  }, 60_000);

  it('that is refused ends its connection, and what was asked behind it', async () => {
    const bytes = 'GET /v1/watch/unknown HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n';
    const { status, head, body } = await sendRaw(place.node.url, bytes);
    expect([status, head.match(/^connection: .*$/im)?.[0]]).toEqual([401, 'Connection: close']);
    expect(body).not.toContain('HTTP/1.1');
  });
});

describe('an API key whose time is over', () => {
  it('is refused by every worker as soon as that is agreed, and ends its streams', async () => {
    const [project, { url }] = [await place.world().aProject(), place.node];
    await place.world().aConfig(project, await place.world().aSchema(true), 'app', 1);
    const stream = await EventStream.open(`${url}/v1/watch/${project.apiKey}`);
    const regenerate = place.world().asAdmin('post', `/v1/projects/${project.id}/api-key/regenerate`);
    await regenerate.send({ gracePeriodSeconds: 2 }).expect(200);
    // Each request over a connection of its own: both workers are asked.
    const statuses = () =>
      Promise.all(
        Array.from({ length: 8 }, () => send(`${url}/v1/read/${project.apiKey}/app`).then(({ status }) => status)),
      );
    expect(new Set(await statuses())).toEqual(new Set([200]));
    await stream.closed;
    expect(new Set(await statuses())).toEqual(new Set([401]));
  }, 30_000);
});

describe('workers of a node that counts reads', () => {
  it('pass all of them on', async () => {
    const counting = await NodeWithWorkers.start({ RATE_LIMIT_READ: '5' });
    try {
      const from = await counting.answered();
      const statuses: number[] = [];
      for (let n = 0; n < 6; n++) statuses.push((await send(counting.url)).status);
      expect(statuses).toEqual([...Array<number>(5).fill(200), 429]);
      await counting.answeredNoMore(from);
    } finally {
      await counting.close();
    }
  }, 60_000);
});

describe('workers behind a proxy', () => {
  it('believe it that the client used HTTPS, as the node does', async () => {
    const behind = await NodeWithWorkers.start({ TRUST_PROXY: 'loopback' });
    try {
      const { fast, slow } = counted(behind);
      const read = (query = '') =>
        behind.world().http('get', `/v1/read/${behind.project().apiKey}/app${query}`).set('X-Forwarded-Proto', 'https');
      const answer = await fast(() => read());
      expect(answer.headers).toHaveProperty('strict-transport-security');
      expect(told(answer)).toEqual(told(await slow(() => read('?raw=false'))));
    } finally {
      await behind.close();
    }
  }, 60_000);
});
