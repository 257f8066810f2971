import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { freePort, NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

const host = '127.0.0.1';
const authority = anAuthority('the members');

/** What a node shows to the other members is replaced under it, as `https.e2e-spec.ts` does with what clients see. */
describe('a node with a certificate for its peers', () => {
  const directory = temporaryDirectory();
  const path = (file: string): string => join(directory.path, 'tls', file);
  const visitor = authority.issue(host);
  let node: NodeProcess;
  let port: number;

  function put(pair: { readonly cert?: string; readonly key?: string; readonly ca?: string }): void {
    for (const [part, text] of Object.entries(pair)) writeFileSync(path(part), text);
  }

  /** The fingerprint of what it shows to a member; a text when it lets nobody in. */
  const shown = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host, port, ...visitor }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once('error', ({ message }) => resolve(`none: ${message}`));
    });
  const lines = (text: string): readonly string[] => node.output.split('\n').filter((line) => line.includes(text));
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    return Number(new RegExp(`^config_guardian_${name}\\{use="peers"\\} (\\S+)$`, 'm').exec(text)?.[1]);
  };

  beforeAll(async () => {
    mkdirSync(join(directory.path, 'tls'), { recursive: true });
    put(authority.issue(host));
    port = await freePort();
    node = await NodeProcess.on(join(directory.path, 'data'), {
      ...{ ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'info', CLUSTER_SECRET: 'a secret that is long enough' },
      ...{ RAFT_LISTEN: `${host}:${port}`, RAFT_TLS_CERT: path('cert'), RAFT_TLS_KEY: path('key') },
      RAFT_TLS_CA: path('ca'),
    });
    await node.start();
  }, 120_000);

  afterAll(async () => {
    await node.stop();
    directory.remove();
  }, 60_000);

  it('shows a new one without a restart', async () => {
    const first = await shown();
    expect([first.startsWith('none'), await metric('certificate_refused')]).toEqual([false, 0]);
    put(authority.issue(host, { until: '20981231235959Z' }));
    await eventually('the new one is shown', async () => (await shown()) !== first || undefined);
    expect((await metric('certificate_expiry_seconds')) * 1000).toBe(Date.parse('2098-12-31T23:59:59Z'));
    await eventually('it is told', () => lines('RAFT_TLS_CERT: a new certificate is used').length === 1 || undefined);
  });

  it.each([
    ['has expired', authority.issue(host, { until: '20210101000000Z' })],
    ['does not fit its key', { cert: authority.issue(host).cert }],
    ['has an empty key', { key: '' }],
    ['is half written', { cert: authority.issue(host).cert.slice(0, 300) }],
    ['comes with half an authority', { ca: authority.ca + anAuthority('another').ca.slice(0, 300) }],
  ])('keeps what it has, with an error and a metric, when the new one %s, and takes the next', async (_what, bad) => {
    const [before, refused] = [await shown(), lines('the old ones stay').length];
    put(bad);
    await eventually('it is refused', () => lines('the old ones stay').length > refused || undefined);
    expect(lines('the old ones stay').at(-1)).toMatch(/^\{"level":50,.*RAFT_TLS_CERT/);
    expect([await shown(), await metric('certificate_refused')]).toEqual([before, 1]);
    expect(await node.isReady()).toBe(true);
    put(authority.issue(host));
    await eventually('the next is taken', async () => (await shown()) !== before || undefined);
    expect([(await shown()).startsWith('none'), await metric('certificate_refused')]).toEqual([false, 0]);
  });
});
