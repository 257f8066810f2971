import { randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { queryOnce } from '../../support/postgres-directory';
import type { Administrator } from '../clients/administrator';
import { send, trust } from '../clients/request';
import type { RetryingReader } from '../clients/retrying-reader';
import type { RetryingWriter } from '../clients/retrying-writer';
import type { PasswordPostgres } from '../processes/password-postgres';

const guide = readFileSync('docs/security/rotation.md', 'utf8').replaceAll(/^```[^]*?^```$/gm, '');

export const aSecret = (): string => randomBytes(24).toString('base64url');

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Who signs certificates. */
export interface Authority {
  readonly ca: string;
  issue(host: string): Certificate | Promise<Certificate>;
}

/** A node whose every secret is a file, whoever started it. */
export interface RotatedNode {
  readonly id: string;
  readonly url: string;
  readonly log: string;
  stop(): Promise<void>;
  /** Resolves when it is ready. */
  start(): Promise<void>;
}

export interface RotatedCluster<Node extends RotatedNode> {
  readonly admin: Administrator;
  readonly nodes: readonly Node[];
  caughtUp(nodes: readonly Node[]): Promise<void>;
  eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T>;
}

/** Replaces what a node was given as a file. */
export interface GivenFiles {
  put(nodeId: string, name: string, text: string): unknown;
}

/** Old and new: of access tokens and of passwords `kid:secret` each. */
export interface SharedSecrets {
  readonly tokens: readonly [string, string];
  readonly cluster: readonly [string, string];
  readonly peppers: readonly [string, string];
}

/** The SQL of the guide, as it stands there, with a password in its place. */
function documented(beginning: string, password = ''): string {
  const found = [...guide.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/\s+/g, ' '));
  const sql = found.find((code) => code.startsWith(beginning));
  if (sql === undefined) throw new Error(`the guide has no ${beginning}`);
  return sql.replace("'...'", `'${password}'`);
}

/** The steps of the guide, on a cluster whose every secret is a file, while clients are at work. */
export class Rotation<Node extends RotatedNode> {
  constructor(
    private readonly cluster: RotatedCluster<Node>,
    private readonly files: GivenFiles,
    private readonly clients: readonly (RetryingWriter | RetryingReader)[],
  ) {}

  async put(name: string, text: string): Promise<void> {
    for (const { id } of this.cluster.nodes) await this.files.put(id, name, text);
  }

  /** One node after the other; `after` each of them. */
  async rolling(after: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    for (const node of this.cluster.nodes) {
      await this.restart(node);
      await after();
    }
  }

  async restart(node: Node): Promise<void> {
    await this.go();
    await node.stop();
    await node.start();
    await this.cluster.caughtUp(this.cluster.nodes);
  }

  /** Every client is served from now on. */
  async go(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.next()));
  }

  /** Those that all nodes share have the same steps; `old` peppers stay, as long as a hash names them. */
  async sharedSecrets({ tokens, cluster, peppers }: SharedSecrets): Promise<void> {
    const { admin } = this.cluster;
    const first = await admin.newTokens();
    const give = async (order: readonly (0 | 1)[]): Promise<void> => {
      await this.put('jwt-secrets', order.map((n) => tokens[n]).join());
      await this.put('cluster-secret', order.map((n) => cluster[n]).join());
      await this.put('password-peppers', (order.length > 1 ? order : ([1, 0] as const)).map((n) => peppers[n]).join());
    };
    await give([0, 1]);
    // Whoever signed it, every node verifies it: the writers use each token at all of them.
    await this.rolling(() => admin.logIn());
    await give([1, 0]);
    await this.rolling(() => admin.logIn());
    for (const node of this.cluster.nodes) expect(await this.#isGood(node, first.accessToken)).toBe(true);
    // Its time has not passed, so it tells that the old secret is worth nothing after the last step.
    await admin.logIn();
    await give([1]);
    await this.rolling();
    for (const node of this.cluster.nodes) expect(await this.#isGood(node, first.accessToken)).toBe(false);
    const renewed = await admin.do('POST', '/v1/auth/refresh', { refreshToken: first.refreshToken });
    for (const node of this.cluster.nodes) expect(await this.#isGood(node, String(renewed['accessToken']))).toBe(true);
  }

  /** A second role, and at the next rotation the first one again. */
  async databaseRole(node: Node, database: PasswordPostgres, old: string): Promise<void> {
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
  async databasePassword(node: Node, database: PasswordPostgres, old: string): Promise<void> {
    const fresh = aSecret();
    await this.files.put(node.id, 'database-url', database.url('cg_a', fresh));
    await database.administer(documented('ALTER ROLE cg_a PASSWORD', fresh));
    await this.restart(node);
    expect(await connects(database.url('cg_a', old))).toBe(false);
  }

  /** Of the same authority. */
  async renewApiCertificates(authority: Authority): Promise<void> {
    for (const node of this.cluster.nodes) await this.#apiShows(node, authority);
  }

  async changeApiAuthority(old: Authority, fresh: Authority): Promise<void> {
    trust(old.ca, fresh.ca);
    await this.renewApiCertificates(fresh);
    trust(fresh.ca);
    await this.go();
  }

  async renewPeerCertificates(authority: Authority): Promise<void> {
    await this.#taken(async () => {
      for (const node of this.cluster.nodes) await this.#putPair(node, 'peer', authority);
    });
  }

  async changePeerAuthority(old: Authority, fresh: Authority): Promise<void> {
    await this.#taken(() => this.put('peer-ca.crt', old.ca + fresh.ca));
    await this.renewPeerCertificates(fresh);
    await this.#taken(() => this.put('peer-ca.crt', fresh.ca));
  }

  /** A new certificate of this authority, until new connections see it. */
  async #apiShows(node: Node, authority: Authority): Promise<void> {
    const cert = await this.#putPair(node, 'api', authority);
    const wanted = new X509Certificate(cert).fingerprint256;
    await this.cluster.eventually(`${node.id} shows its new certificate`, async () =>
      (await shown(node)) === wanted ? true : undefined,
    );
    await this.go();
  }

  async #putPair({ id, url }: Node, use: 'api' | 'peer', authority: Authority): Promise<string> {
    const { cert, key } = await authority.issue(new URL(url).hostname);
    await this.files.put(id, `${use}.crt`, cert);
    await this.files.put(id, `${use}.key`, key);
    return cert;
  }

  /** Resolves when every node has logged that it uses what it was given. */
  async #taken(give: () => Promise<void>): Promise<void> {
    const line = 'RAFT_TLS_CERT: a new certificate is used';
    const count = ({ log }: Node): number => log.split(line).length;
    const before = this.cluster.nodes.map((node) => ({ node, lines: count(node) }));
    await give();
    for (const { node, lines } of before)
      await this.cluster.eventually(`${node.id} uses what it was given`, () => count(node) > lines || undefined);
    await this.go();
  }

  async #restartWith(node: Node, databaseUrl: string): Promise<void> {
    await this.files.put(node.id, 'database-url', databaseUrl);
    await this.restart(node);
  }

  async #isGood(node: Node, token: string): Promise<boolean> {
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
function shown({ url }: RotatedNode): Promise<string> {
  const { hostname: host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
