import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describeUnless } from '../support/lacking';
import { processesOf, root, withoutAccounts } from './newcomer/machine';
import { NewcomerCluster } from './newcomer/newcomer-cluster';
import type { Server } from './newcomer/server';
import { Session } from './newcomer/session';
import { ShownSecrets } from './newcomer/shown-secrets';
import { aSecret, Rotation } from './rotation/rotation';

const parts: string[] = [];
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  parts.push(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  return result;
}

/** Mode, owner and name of what the service and root have, by `stat`. */
async function expectClosed({ files, account, processId }: Server): Promise<void> {
  const etc = `${files}/etc/config-guardian`;
  const shared = ['cluster-secret', 'admin-password', 'jwt-secrets', 'password-peppers'];
  const handed = `${files}/run/credentials/config-guardian.service`;
  const wanted = [
    ...shared.map((name) => `400 root ${etc}/${name}`),
    ...shared.map((name) => `400 ${account} ${handed}/${name}`),
    ...['api.key', 'peer.key'].map((name) => `400 ${account} ${etc}/${name}`),
    `700 ${account} ${files}/var/lib/config-guardian`,
    `500 ${account} ${handed}`,
    `750 root ${etc}`,
  ];
  const paths = wanted.map((line) => line.split(' ')[2]).join(' ');
  expect((await root(`stat -c '%a %U %n' ${paths}`)).trim().split('\n')).toEqual(wanted);
  expect(await root(`find ${files}/var/lib/config-guardian -type f -perm /0077`)).toBe('');
  // The node and its PostgreSQL.
  expect(await root(`ps -o uid= -p ${processId} | tr -d ' '`)).toBe(await root(`id -u ${account}`));
  expect(await root(`ps -o comm= -u ${account}`)).toMatch(/postgres/);
}

describeUnless(withoutAccounts(), 'a newcomer with the documents alone', () => {
  let cluster: NewcomerCluster;
  let session: Session;

  beforeAll(async () => {
    cluster = new NewcomerCluster();
    session = new Session(cluster);
    await cluster.machine.removeAccounts();
  });
  afterAll(() => cluster.close(), 60_000);

  /** Nothing secret can be seen by others. */
  async function expectNothingShown(): Promise<void> {
    for (const server of cluster.nodes) await expectClosed(server);
    const folders = [...cluster.nodes.map(({ files }) => files), cluster.machine.home];
    const processes = await Promise.all(cluster.nodes.map(({ account }) => processesOf(account)));
    expect(await cluster.shown.found(folders, processes.flat())).toEqual([]);
  }

  async function loseTheSecond(): Promise<void> {
    const [, second] = cluster.nodes;
    await second!.lose();
    cluster.nodes = cluster.nodes.filter((node) => node !== second);
    await session.port(1, 9002);
    await cluster.eventually('the others say that node-2 is silent', async () => {
      const member = await session.member(1, 'node-2');
      return Number(member?.['lastContactMs'] ?? 0) > 2_000 ? true : undefined;
    });
    expect(await session.metric(2, 'config_guardian')).toEqual([]);
    const lag = /^config_guardian_raft_peer_lag_entries\{.*member="node-2".*\} [1-9]/;
    await cluster.eventually('the leader counts what node-2 lacks', async () => {
      const lines = [...(await session.metric(1, lagName)), ...(await session.metric(3, lagName))];
      return lines.some((line) => lag.test(line)) || undefined;
    });
    expect(await session.port(3)).toBe(9002);
  }

  async function replaceIt(): Promise<void> {
    await session.type('issue 4');
    const fourth = await cluster.joined(4);
    cluster.nodes = [...cluster.nodes, fourth];
    await fourth.start();
    await cluster.eventually('node-4 has a vote', async () =>
      (await session.member(1, 'node-4'))?.['role'] === 'voter' ? true : undefined,
    );
    expect(await session.remove('node-2')).toMatch(/^node-1 sees: (?!.*node-2).*node-1 .*node-3 .*node-4 /);
    expect(await session.port(4)).toBe(9002);
    await cluster.caughtUp(cluster.nodes);
  }

  async function rotateCertificates(rotation: Rotation<Server>): Promise<void> {
    const [api, peer] = [cluster.authority('api'), cluster.authority('peer')];
    await rotation.renewApiCertificates(api);
    await rotation.renewPeerCertificates(peer);
    await session.newAuthorities();
    await rotation.changeApiAuthority(api, cluster.authority('api'));
    await rotation.changePeerAuthority(peer, cluster.authority('peer'));
    const issuer = new X509Certificate(cluster.secret('api-ca.crt'));
    expect(issuer.fingerprint256).not.toBe(new X509Certificate(api.ca).fingerprint256);
  }

  async function rotateShared(rotation: Rotation<Server>): Promise<void> {
    const next = {
      'cluster-secret': aSecret(),
      'jwt-secrets': `next:${aSecret()}`,
      'password-peppers': `next:${aSecret()}`,
    };
    cluster.shown.know(...Object.values(next));
    const pair = (name: keyof typeof next): readonly [string, string] => [cluster.secret(name), next[name]];
    await rotation.sharedSecrets({
      tokens: pair('jwt-secrets'),
      cluster: pair('cluster-secret'),
      peppers: pair('password-peppers'),
    });
    for (const [name, secret] of Object.entries(next)) await session.keep(name, secret);
    await session.type('log_in');
    await session.changePassword();
    // Nobody's hash names the old pepper any more.
    await rotation.put('password-peppers', next['password-peppers']);
    await rotation.rolling();
    await session.type('log_in');
    cluster.know();
    session.knowToken();
  }

  it('would be told of a secret in a command line, in an environment and in a file that others may read', async () => {
    const folder = join(cluster.machine.directory, 'shown');
    const looking = new ShownSecrets(cluster.machine.directory);
    const secret = aSecret();
    looking.know(secret);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => 0, 5000)', secret], { env: { SECRET: secret } });
    await root(`mkdir -m 0755 ${folder}; cat > ${folder}/open; (umask 077; cp ${folder}/open ${folder}/closed)`, {
      input: secret,
    });
    await wait(500);
    const found = await looking.found([folder], [child.pid!]);
    looking.close();
    child.kill();
    expect(found).toEqual([
      expect.stringContaining(`process ${child.pid}: `),
      `${folder}/open`,
      `/proc/${child.pid}/environ`,
    ]);
  });

  it('brings three nodes up, loses one, replaces it, rotates every secret and restores a backup', async () => {
    const began = performance.now();
    await timed('secrets and certificates', async () => {
      await session.makeSecrets();
      cluster.know();
    });
    await timed('three servers installed', async () => {
      cluster.nodes = [await cluster.server(1), await cluster.server(2), await cluster.server(3)];
    });
    await timed('started, until the cluster serves', async () => {
      await Promise.all(cluster.nodes.map((server) => server.start()));
      await session.logIn();
      await cluster.admin.logIn();
    });
    await timed('project, schema, config, read', async () => {
      await session.firstSession();
      expect(await session.read()).toBe('{"port":8080}');
      expect(await session.members(2)).toMatch(/^node-2 sees: .*LEADER/);
    });
    await expectNothingShown();
    await timed('node-2 lost with its disk, and noticed', loseTheSecond);
    await timed('node-4 in its place', replaceIt);
    const rotation = new Rotation(cluster, cluster, []);
    await timed('certificates renewed, both authorities changed', () => rotateCertificates(rotation));
    await timed('secrets of cluster, tokens and passwords, and the password of the administrator', () =>
      rotateShared(rotation),
    );
    await timed('API key', async () => {
      const old = await session.type('cat api-key');
      await session.changeApiKey();
      expect(await session.type('cat api-key')).not.toBe(old);
      expect(await session.read()).toBe('{"port":9002}');
    });
    await expectNothingShown();
    const hash = await timed('backup', () => session.backUp());
    await timed('restored into a new cluster of two', async () => {
      const history = await session.history(1);
      expect(await session.port(1, 9003)).toBe(9003);
      await session.type('issue 5; issue 6');
      expect(await session.restore(5)).toBe(hash);
      // The token of the old cluster is good here for its quarter of an hour.
      expect(await session.history(5)).toEqual(history);
      expect(await session.type('api 5/v1/audit/verify | json valid')).toBe('true\n');
      expect(await session.port(5)).toBe(9002);
      expect(await session.port(1)).toBe(9003);
      await session.type('log_in 5');
      const sixth = await cluster.server(6, 'MEMBERS=CLUSTER_JOIN=10.0.0.5:7400\n');
      await sixth.start();
      expect(await session.port(6)).toBe(9002);
    });
    await expectNothingShown();
    expect(cluster.shown.looks).toBeGreaterThan(50);
    const whole = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`A newcomer's run on six servers:\n${parts.join('\n')}\n${whole.padStart(6)} s  the whole`);
  }, 600_000);
});

const lagName = 'config_guardian_raft_peer_lag_entries';
