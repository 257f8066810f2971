import { randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import type { anAuthority } from '../../../libs/raft-node/test/a-certificate';
import { queryOnce } from '../../support/postgres-directory';
import { adminEmail, adminPassword } from '../clients/administrator';
import { send, trust } from '../clients/request';
import type { RetryingReader } from '../clients/retrying-reader';
import type { RetryingWriter } from '../clients/retrying-writer';
import type { ClusterNode } from '../processes/cluster-node';
import type { ClusterOfProcesses } from '../processes/cluster-of-processes';
import type { PasswordPostgres } from '../processes/password-postgres';
import type { SecretFiles } from '../processes/secret-files';

const host = '127.0.0.1';
const guide = readFileSync('docs/security/rotation.md', 'utf8');

export const aSecret = (): string => randomBytes(24).toString('base64url');
export type Authority = ReturnType<typeof anAuthority>;

interface Pair {
  readonly token: string;
  readonly cluster: string;
}

/** The SQL of the guide, as it stands there, with a password in its place. */
function documented(beginning: string, password = ''): string {
  const found = [...guide.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/\s+/g, ' '));
  const sql = found.find((code) => code.startsWith(beginning));
  if (sql === undefined) throw new Error(`the guide has no ${beginning}`);
  return sql.replace("'...'", `'${password}'`);
}

/** The steps of the guide, on a cluster whose every secret is a file, while clients are at work. */
export class Rotation {
  constructor(
    private readonly cluster: ClusterOfProcesses,
    private readonly files: SecretFiles,
    private readonly clients: readonly (RetryingWriter | RetryingReader)[],
  ) {}

  put(name: string, text: string): void {
    for (const { id } of this.cluster.nodes) this.files.put(id, name, text);
  }

  /** One node after the other; `after` each of them. */
  async rolling(after: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    for (const node of this.cluster.nodes) {
      await this.restart(node);
      await after();
    }
  }

  async restart(node: ClusterNode): Promise<void> {
    await this.go();
    await node.stop();
    await node.start();
    await this.cluster.caughtUp(this.cluster.nodes);
  }

  /** Every client is served from now on. */
  async go(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.next()));
  }

  /** The secrets of access tokens, `kid:secret` each, and that of the cluster: both have the same three steps. */
  async sharedSecrets(tokens: readonly [string, string], cluster: readonly [string, string]): Promise<void> {
    const { admin } = this.cluster;
    const first = await this.#logIn();
    const [old, fresh] = [0, 1].map((n) => ({ token: tokens[n]!, cluster: cluster[n]! })) as [Pair, Pair];
    const give = (...pairs: readonly Pair[]): void => {
      this.put('jwt-secrets', pairs.map(({ token }) => token).join());
      this.put('cluster-secret', pairs.map(({ cluster: secret }) => secret).join());
    };
    give(old, fresh);
    // Whoever signed it, every node verifies it: the writers use each token at all of them.
    await this.rolling(() => admin.logIn());
    give(fresh, old);
    await this.rolling(() => admin.logIn());
    for (const node of this.cluster.nodes) expect(await this.#isGood(node, first.accessToken)).toBe(true);
    // Its time has not passed, so it tells that the old secret is worth nothing after the last step.
    await admin.logIn();
    give(fresh);
    await this.rolling();
    for (const node of this.cluster.nodes) expect(await this.#isGood(node, first.accessToken)).toBe(false);
    const renewed = await admin.do('POST', '/v1/auth/refresh', { refreshToken: first.refreshToken });
    for (const node of this.cluster.nodes) expect(await this.#isGood(node, String(renewed['accessToken']))).toBe(true);
  }

  /** A second role, and at the next rotation the first one again. */
  async databaseRole(node: ClusterNode, database: PasswordPostgres, old: string): Promise<void> {
    const [ofB, newA] = [aSecret(), aSecret()];
    await database.administer(documented('CREATE ROLE cg_b', ofB));
    await database.administer(documented('ALTER ROLE cg_b SET role'));
    await this.#restartWith(node, database.url('cg_b', ofB));
    await database.administer(documented('ALTER ROLE cg_a NOLOGIN'));
    expect(await connects(database.url('cg_a', old))).toBe(false);
    await this.#belongsToA(database);

    await database.administer(documented('ALTER ROLE cg_a LOGIN', newA));
    await this.#restartWith(node, database.url('cg_a', newA));
    await database.administer(documented('DROP ROLE cg_b'));
    expect(await connects(database.url('cg_b', ofB))).toBe(false);
    await this.#belongsToA(database);
  }

  /** With one role. */
  async databasePassword(node: ClusterNode, database: PasswordPostgres, old: string): Promise<void> {
    const fresh = aSecret();
    this.files.put(node.id, 'database-url', database.url('cg_a', fresh));
    await database.administer(documented('ALTER ROLE cg_a PASSWORD', fresh));
    await this.restart(node);
    expect(await connects(database.url('cg_a', old))).toBe(false);
  }

  async apiCertificate(old: Authority, fresh: Authority): Promise<void> {
    for (const node of this.cluster.nodes) await this.#apiShows(node, old);
    trust(old.ca, fresh.ca);
    for (const node of this.cluster.nodes) await this.#apiShows(node, fresh);
    trust(fresh.ca);
    await this.go();
  }

  async peerCertificates(old: Authority, fresh: Authority): Promise<void> {
    const pairs = (authority: Authority) => (): void => {
      for (const { id } of this.cluster.nodes) this.#putPair(id, 'peer', authority);
    };
    await this.#taken(pairs(old));
    await this.#taken(() => this.put('peer-ca', old.ca + fresh.ca));
    await this.#taken(pairs(fresh));
    await this.#taken(() => this.put('peer-ca', fresh.ca));
  }

  /** A new certificate of this authority, until new connections see it. */
  async #apiShows(node: ClusterNode, authority: Authority): Promise<void> {
    const cert = this.#putPair(node.id, 'api', authority);
    const wanted = new X509Certificate(cert).fingerprint256;
    await this.cluster.eventually(`${node.id} shows its new certificate`, async () =>
      (await shown(node)) === wanted ? true : undefined,
    );
    await this.go();
  }

  #putPair(id: string, name: string, authority: Authority): string {
    const { cert, key } = authority.issue(host);
    this.files.put(id, `${name}.crt`, cert);
    this.files.put(id, `${name}.key`, key);
    return cert;
  }

  /** Resolves when every node has logged that it uses what it was given. */
  async #taken(give: () => void): Promise<void> {
    const line = 'RAFT_TLS_CERT: a new certificate is used';
    const count = ({ log }: ClusterNode): number => log.split(line).length;
    const before = this.cluster.nodes.map((node) => ({ node, lines: count(node) }));
    give();
    for (const { node, lines } of before)
      await this.cluster.eventually(`${node.id} uses what it was given`, () => count(node) > lines || undefined);
    await this.go();
  }

  async #restartWith(node: ClusterNode, databaseUrl: string): Promise<void> {
    this.files.put(node.id, 'database-url', databaseUrl);
    await this.restart(node);
  }

  async #logIn(): Promise<{ readonly accessToken: string; readonly refreshToken: string }> {
    const body = { email: adminEmail, password: adminPassword };
    const { accessToken, refreshToken } = await this.cluster.admin.do('POST', '/v1/auth/login', body);
    return { accessToken: String(accessToken), refreshToken: String(refreshToken) };
  }

  async #isGood(node: ClusterNode, token: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await send(node.url, { method: 'GET', path: '/v1/auth/me', headers, timeoutMs: 5_000 });
    if (reply.type !== 'answer' || ![200, 401].includes(reply.status)) throw new Error(JSON.stringify(reply));
    return reply.status === 200;
  }

  async #belongsToA(database: PasswordPostgres): Promise<void> {
    const owners = await database.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'");
    expect(owners).toEqual([{ tableowner: 'cg_a' }]);
  }
}

const connects = (url: string): Promise<boolean> =>
  queryOnce(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

/** The fingerprint of the certificate that a new connection is shown. */
function shown({ url }: ClusterNode): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(new URL(url).port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
