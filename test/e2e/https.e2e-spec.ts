import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { answerOf } from '../support/raw-http';
import { adminEmail, adminPassword } from '../support/world';

const authority = anAuthority('those who ask');

/** Files as the kubelet mounts a secret: links to a directory that is swapped by renaming one link. */
class MountedSecret {
  #edition = 0;

  constructor(readonly path: string) {
    mkdirSync(path);
    for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), join(path, file));
  }

  put({ cert, key }: { readonly cert: string; readonly key: string }): void {
    const name = `..edition-${++this.#edition}`;
    mkdirSync(join(this.path, name));
    writeFileSync(join(this.path, name, 'tls.crt'), cert);
    writeFileSync(join(this.path, name, 'tls.key'), key);
    symlinkSync(name, join(this.path, '..new'));
    renameSync(join(this.path, '..new'), join(this.path, '..data'));
    if (this.#edition > 1) rmSync(join(this.path, `..edition-${this.#edition - 1}`), { recursive: true });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe.each([0, 2])('a node with a certificate and %d read workers', (workers) => {
  const directory = temporaryDirectory();
  const secret = new MountedSecret(join(directory.path, 'tls'));
  let node: NodeProcess;
  let port: number;
  let apiKey = '';
  let token = '';

  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const own = { ...(token !== '' && { Authorization: `Bearer ${token}` }), ...headers };
      const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const options = { host: '127.0.0.1', port, path, method, headers: { ...json, ...own }, ca: authority.ca };
      const asked = request({ ...options, agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
      });
      asked.on('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const made = async (path: string, body: unknown): Promise<Record<string, never>> => {
    const answer = await ask('POST', path, body);
    expect([answer.status, answer.body]).toEqual([expect.any(Number), expect.not.stringContaining('/problems/')]);
    return JSON.parse(answer.body) as Record<string, never>;
  };
  const opened = (options: object = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: authority.ca, ...options }, () => resolve(socket));
      socket.once('error', reject);
    });
  const shown = async (): Promise<string> => {
    const socket = await opened();
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };

  beforeAll(async () => {
    secret.put(authority.issue('127.0.0.1'));
    node = await NodeProcess.on(join(directory.path, 'data'), {
      ADMIN_PASSWORD: adminPassword,
      READ_WORKERS: String(workers),
      REQUIRE_HTTPS: 'true',
      LOG_LEVEL: 'info',
      TLS_CERT: join(secret.path, 'tls.crt'),
      TLS_KEY_FILE: join(secret.path, 'tls.key'),
    });
    port = Number(new URL(node.url).port);
    node.launch();
    await eventually('it is ready', async () =>
      (await ask('GET', '/ready').catch(() => undefined))?.status === 200 ? true : undefined,
    );
    token = (await made('/v1/auth/login', { email: adminEmail, password: adminPassword }))['accessToken'] ?? '';
    const schema = await made('/v1/schemas', { name: 'any', content: {} });
    const project = await made('/v1/projects', { name: 'secure' });
    apiKey = project['apiKey'] ?? '';
    await made(`/v1/projects/${String(project['id'])}/configs`, {
      ...{ key: 'app', schemaId: schema['id'], content: { port: 1 } },
    });
  });

  afterAll(async () => {
    await node.kill();
    directory.remove();
  });

  it('answers reads on the fast path and everything else over TLS, and says so for the future', async () => {
    for (const path of [`/v1/read/${apiKey}/app`, `/v1/read/${apiKey}/app?raw=true&minIndex=1`, '/v1/projects']) {
      const { status, headers } = await ask('GET', path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers['strict-transport-security']).toMatch(/^max-age=\d+/);
    }
  });

  it('speaks TLS 1.2 and later only', async () => {
    const socket = await opened({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
    // Level 0, or this side would refuse to ask.
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(opened(old)).rejects.toThrow();
  });

  it('hangs up on who speaks plain HTTP, and goes on', async () => {
    const socket = connectPlain(port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.on('error', () => undefined);
    const text = await new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString('latin1')));
      socket.once('close', () => resolve(received));
    });
    expect(text).not.toMatch(/HTTP/);
    expect((await ask('GET', '/health')).status).toBe(200);
  });

  it.each([
    ['both lengths', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    ['a folded header', 'X-A: b\r\n c\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 1\r\n\r\na'],
    ['an unknown coding', 'Transfer-Encoding: gzip, identity\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 4\r\n\r\nabcd'],
    ['headers beyond 16 KiB', `X-A: ${'a'.repeat(20_000)}\r\n\r\n`],
  ])('refuses a request with %s over TLS, and closes the connection', async (_what, rest) => {
    const socket = await opened();
    socket.write(`POST /v1/auth/login HTTP/1.1\r\nHost: a\r\n${rest}GET /v1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { status, head, body } = await answerOf(socket);
    // 415 where the headers alone refuse it, before anything of a body is read.
    expect([400, 415, 431]).toContain(status);
    expect(head).toMatch(/connection: close/i);
    // One answer, and none to what followed.
    expect(body.match(/HTTP\/1\.1/g)).toBeNull();
  });

  it('shows a new certificate without a restart, refuses a bad pair with one line, and keeps what it had', async () => {
    const open = await opened();
    const first = await shown();
    const next = authority.issue('127.0.0.1');
    secret.put(next);
    const second = await eventually('the new one is shown', async () => {
      const now = await shown();
      return now === first ? undefined : now;
    });
    open.write('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await answerOf(open)).status).toBe(200);

    secret.put({ cert: authority.issue('127.0.0.1').cert, key: next.key });
    const refusals = () => node.output.split('\n').filter((line) => line.includes('the old ones stay'));
    await eventually('it is refused', async () => (refusals().length > 0 ? true : undefined));
    expect(await shown()).toBe(second);
    expect(refusals()).toHaveLength(1);
    expect(refusals()[0]).toMatch(/^\{"level":50,/);
    expect(refusals()[0]).not.toContain('BEGIN');
    const isRefused = async () =>
      /^config_guardian_certificate_refused\{use="api"\} (\S+)$/m.exec((await ask('GET', '/metrics')).body)?.[1];
    expect(await isRefused()).toBe('1');
    secret.put(authority.issue('127.0.0.1'));
    await eventually('the next good one is shown', async () => ((await shown()) === second ? undefined : true));
    expect(await isRefused()).toBe('0');
  });

  it('tells when its certificate expires', async () => {
    const { body } = await ask('GET', '/metrics');
    const [, seconds] = /^config_guardian_certificate_expiry_seconds\{use="api"\} (\S+)$/m.exec(body) ?? [];
    expect(Number(seconds) * 1000).toBe(Date.parse('2099-12-31T23:59:59Z'));
    expect(body).not.toContain('use="peers"');
  });
});
