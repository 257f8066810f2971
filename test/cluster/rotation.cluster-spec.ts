import { join } from 'node:path';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { temporaryDirectory } from '../support/postgres-directory';
import { trust } from './clients/request';
import { RetryingReader } from './clients/retrying-reader';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import { PasswordPostgres } from './processes/password-postgres';
import { SecretFiles } from './processes/secret-files';
import { aSecret, Rotation } from './rotation/rotation';

const host = '127.0.0.1';
const authorities = ['the peers', 'the new peers', 'the API', 'the new API'].map((name) => anAuthority(name));
const [oldPeers, newPeers, oldApi, newApi] = authorities as [Authority, Authority, Authority, Authority];
type Authority = ReturnType<typeof anAuthority>;

const tokens = [`a:${aSecret()}`, `b:${aSecret()}`] as const;
const peppers = [`a:${aSecret()}`, `b:${aSecret()}`] as const;
const clusterSecrets = [aSecret(), aSecret()] as const;

/** Files of one node, and the variables that name them. */
function given(files: SecretFiles, id: string, databaseUrl: string): Readonly<Record<string, string>> {
  const [api, peer] = [oldApi.issue(host), oldPeers.issue(host)];
  const put = (name: string, text: string): string => files.put(id, name, text);
  return {
    ...{ LOG_LEVEL: 'info', CLUSTER_SECRET: '', CLUSTER_SECRET_FILE: put('cluster-secret', clusterSecrets[0]) },
    ...{ JWT_SECRETS_FILE: put('jwt-secrets', tokens[0]), DATABASE_URL_FILE: put('database-url', databaseUrl) },
    ...{ TLS_CERT: put('api.crt', api.cert), TLS_KEY: put('api.key', api.key) },
    ...{ RAFT_TLS_CERT: put('peer.crt', peer.cert), RAFT_TLS_KEY: put('peer.key', peer.key) },
    PASSWORD_PEPPERS_FILE: put('password-peppers', peppers[0]),
    RAFT_TLS_CA: put('peer-ca.crt', oldPeers.ca),
  };
}

/** Of peers, for a secret or a certificate; one that is down is no refusal. */
const refusals = ({ log }: ClusterNode): readonly string[] =>
  log.match(/Closed a connection with .*(?:\(secret|certificate).*/g) ?? [];

describe('every secret of three nodes with HTTPS, mutual TLS and a PostgreSQL each', () => {
  const directory = temporaryDirectory();
  const databases = new Map<string, PasswordPostgres>();
  const password = aSecret();

  beforeAll(async () => {
    trust(oldApi.ca);
    for (const id of ['node-1', 'node-2', 'node-3'])
      databases.set(id, await PasswordPostgres.start(join(directory.path, id), 'cg_a', password));
  }, 120_000);

  afterAll(async () => {
    await Promise.all([...databases.values()].map((database) => database.stop()));
    directory.remove();
  });

  it('is changed as docs/security/rotation.md says, and no operation of clients that retry fails', () => {
    const files = new SecretFiles(join(directory.path, 'secrets'));
    const variablesOf = (id: string): Readonly<Record<string, string>> =>
      given(files, id, databases.get(id)!.url('cg_a', password));
    return withCluster({ size: 3, databases: 'own', isSecure: true, variablesOf }, async (cluster) => {
      const place = await aPlace(cluster.admin, 'rotation', ['one', 'two', 'three']);
      const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
      const writers = await startedWriters(cluster.admin, place, urls, { patienceMs: 10_000, paceMs: 20 });
      const readers = writers.map((writer) => new RetryingReader('linearizable', place, writer, urls, { paceMs: 20 }));
      for (const reader of readers) reader.start();
      const rotation = new Rotation(cluster, files, [...writers, ...readers]);

      const took: string[] = [];
      const timed = async (what: string, work: () => Promise<void>): Promise<void> => {
        const began = performance.now();
        await work();
        took.push(`${what} ${((performance.now() - began) / 1000).toFixed(1)} s`);
      };
      await timed('API certificates', async () => {
        await rotation.renewApiCertificates(oldApi);
        await rotation.changeApiAuthority(oldApi, newApi);
      });
      await timed('peer certificates', async () => {
        await rotation.renewPeerCertificates(oldPeers);
        await rotation.changePeerAuthority(oldPeers, newPeers);
      });
      // Its restarts are those that the guide asks for after new certificates of the peers.
      await timed('secrets of access tokens, of the cluster and of passwords', () =>
        rotation.sharedSecrets({ tokens, cluster: clusterSecrets, peppers }),
      );
      const [first, second] = cluster.nodes;
      await timed('database role', () => rotation.databaseRole(first!, databases.get(first!.id)!, password));
      await timed('database password', () => rotation.databasePassword(second!, databases.get(second!.id)!, password));

      await Promise.all(readers.map((reader) => reader.stop()));
      expect(readers.flatMap(({ failures }) => failures)).toEqual([]);
      expect(await verifiedWriters(writers)).toEqual([]);
      await cluster.converged();
      for (const node of cluster.nodes) expect(refusals(node)).toEqual([]);
      const [writes, reads] = [writers, readers].map((clients) =>
        Math.max(...clients.map(({ slowestMs }) => slowestMs)),
      );
      console.log(
        `${took.join(', ')}; no operation failed, slowest write ${Math.round(writes!)} ms, slowest read ${Math.round(reads!)} ms`,
      );
    });
  }, 600_000);
});
