import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client } from 'pg';
import type { Response } from 'supertest';
import { ENVIRONMENT } from '../../apps/server/src/common/env';
import type { Environment } from '../../apps/server/src/common/env';
import { EventStream } from '../support/event-stream';
import { eventually } from '../support/postgres-directory';
import { problemIn } from '../support/problem';
import type { Session, World } from '../support/world';
import { adminPassword, aWorld } from '../support/world';

interface Taken {
  readonly bytes: Buffer;
  readonly index: number;
  readonly stateHash: string;
}

const skipped = 1_000_000_000;

const asBytes = (response: Response, done: (error: Error | null, body: Buffer) => void): void => {
  const chunks: Buffer[] = [];
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
};

async function taken(world: World, as: Session = world.admin): Promise<Taken> {
  const answer = await world.as(as, 'get', '/v1/cluster/backup').buffer(true).parse(asBytes).expect(200);
  expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="config-guardian-.*\.backup\.gz"$/);
  const { 'x-config-index': index, 'x-state-hash': stateHash } = answer.headers as Record<string, string>;
  return { bytes: answer.body as Buffer, index: Number(index), stateHash: stateHash ?? '' };
}

const restore = (world: World, bytes: Buffer, type = 'application/gzip') =>
  world.asAdmin('post', '/v1/cluster/restore').set('Content-Type', type).send(bytes);

/** The same backup with another text in it, and the checksum that goes with that. */
function altered({ bytes }: Taken, from: string, to: string): Buffer {
  const lines = gunzipSync(bytes).toString('utf8').replaceAll(from, to).trimEnd().split('\n');
  const footer = JSON.parse(lines.pop() ?? '') as object;
  const body = lines.map((line) => `${line}\n`).join('');
  const sha256 = createHash('sha256').update(body).digest('hex');
  return gzipSync(`${body}${JSON.stringify({ ...footer, sha256 })}\n`);
}

describe('a backup', () => {
  const worlds: World[] = [];
  let source: World;
  let shop: { readonly id: string; readonly apiKey: string };
  let key: string;
  let backup: Taken;

  const another = async (): Promise<World> => {
    const world = await aWorld();
    worlds.push(world);
    return world;
  };
  const spool = (world: World): readonly string[] => {
    try {
      return readdirSync(join(world.app.get<Environment>(ENVIRONMENT).dataDir, 'spool'));
    } catch {
      return [];
    }
  };

  beforeAll(async () => {
    source = await another();
    shop = await source.aProject('shop');
    const schema = await source.aSchema();
    ({ key } = await source.aConfig({ ...shop, name: 'shop' }, schema, 'checkout', { port: 1 }));
    const path = `/v1/projects/${shop.id}/configs/${key}`;
    for (let version = 1; version <= 3; version++)
      await source
        .asAdmin('put', path)
        .send({ content: { port: version + 1 }, expectedVersion: version })
        .expect(200);
    await source.aMember({ ...shop, name: 'shop' }, 'viewer');
    backup = await taken(source);
  }, 60_000);
  afterAll(async () => {
    for (const world of worlds) await world.close();
  });

  it('holds the state as of its index, and names its hash', async () => {
    const { body } = await source.asAdmin('get', '/v1/cluster').expect(200);
    expect(backup).toMatchObject({ index: body.appliedIndex, stateHash: body.stateHash });
    expect(spool(source)).toEqual([]);
  });

  it('becomes the state of a new cluster, with all of its history and far beyond its indexes', async () => {
    const world = await another();
    const before = (await world.asAdmin('get', '/v1/cluster').expect(200)).body;
    const { body: restored } = await restore(world, backup.bytes).expect(200);
    expect(restored).toMatchObject({ index: backup.index + skipped, stateHash: backup.stateHash });
    expect(restored.rows).toBeGreaterThan(10);

    const admin = await world.logIn(source.admin.email, adminPassword);
    const { body: cluster } = await world.as(admin, 'get', '/v1/cluster').expect(200);
    expect(cluster.clusterId).toBe(restored.clusterId);
    expect([before.clusterId, (await source.asAdmin('get', '/v1/cluster')).body.clusterId]).not.toContain(
      restored.clusterId,
    );
    expect(cluster.members).toMatchObject([{ id: 'node-1', role: 'voter', isLeader: true }]);
    expect(cluster.appliedIndex).toBeGreaterThan(backup.index + skipped);

    const path = `/v1/projects/${shop.id}/configs/${key}`;
    const same = async (what: string) => {
      const [old, now] = [
        await source.asAdmin('get', `${path}${what}`).expect(200),
        await world.as(admin, 'get', `${path}${what}`).expect(200),
      ];
      expect(now.body).toEqual(old.body);
    };
    for (const what of ['', '/revisions', '/revisions/2', '/diff?from=1&to=4']) await same(what);
    await world.http('get', `/v1/read/${shop.apiKey}/${key}`).expect(200);
    const audit = await world.as(admin, 'get', '/v1/audit/verify').expect(200);
    expect(audit.body).toMatchObject({ valid: true, firstBroken: null });
    expect(spool(world)).toEqual([]);

    const change = { content: { port: 99 }, expectedVersion: 4 };
    const { body: changed } = await world.as(admin, 'put', path).send(change).expect(200);
    expect(changed).toMatchObject({ version: 5 });
    expect(changed.modIndex).toBeGreaterThan(skipped);
    expect((await taken(world, admin)).index).toBe(changed.modIndex);
  });

  it('keeps the node from answering for a moment only, and then it answers for the new state', async () => {
    const world = await another();
    const statuses = new Map<number, number>();
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const { status, body } = await world.asAdmin('get', '/v1/projects');
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 503) expect(body.code).toBe('not-ready');
        // The administrator of the empty cluster is gone with it.
        else expect([200, 401]).toContain(status);
      }
    })();
    await restore(world, backup.bytes).expect(200);
    isOver = true;
    await asking;
    expect(statuses.get(503)).toBeGreaterThan(0);
    await world.http('get', '/ready').expect(200);
  });

  it('is restored into an empty cluster only', async () => {
    const world = await another();
    await world.aUser();
    problemIn(await restore(world, backup.bytes), 409, 'cluster-not-empty');
    const { detail } = problemIn(await restore(source, backup.bytes), 409, 'cluster-not-empty');
    expect(detail).toContain('1 project, 1 schema, 1 config, 2 users');
  });

  describe('that is not whole', () => {
    let world: World;
    beforeAll(async () => (world = await another()));

    const damaged: readonly (readonly [string, () => Buffer, RegExp])[] = [
      ['nothing', () => Buffer.alloc(0), /incomplete|empty/],
      ['no gzip', () => Buffer.from('nonsense'), /damaged or incomplete/],
      ['one cut in the middle', () => backup.bytes.subarray(0, backup.bytes.length / 2), /incomplete/],
      ['one with a changed byte', () => changedByte(backup.bytes), /./],
      ['one of a newer release', () => altered(backup, '"clusterVersion":1', '"clusterVersion":9'), /newer/],
      ['one with rows of another state', () => altered(backup, '\\"port\\":4', '\\"port\\":5'), /give the hash/],
      ['one with a forged hash', () => altered(backup, '"name":"shop"', '"name":"shoe"'), /give the hash/],
    ];

    it.each(damaged)('is refused, and nothing is touched: %s', async (_what, bytes, detail) => {
      const { body: before } = await world.asAdmin('get', '/v1/cluster').expect(200);
      const problem = problemIn(await restore(world, bytes()), 422, 'backup-invalid');
      expect(problem.detail).toMatch(detail);
      const { body: after } = await world.asAdmin('get', '/v1/cluster').expect(200);
      expect(after).toMatchObject({ clusterId: before.clusterId, stateHash: before.stateHash });
      expect(spool(world)).toEqual([]);
    });

    it('is refused when it is not said to be one', async () => {
      problemIn(await restore(world, Buffer.from('{}'), 'application/json'), 415, 'unsupported-media-type');
    });

    it('leaves a cluster into which a whole one can be restored', async () => {
      await restore(world, backup.bytes).expect(200);
    });
  });

  describe('while the database is slow', () => {
    let lock: Client;
    beforeEach(async () => {
      lock = new Client({ connectionString: source.databaseUrl });
      await lock.connect();
      await lock.query('BEGIN; LOCK TABLE projects IN ACCESS EXCLUSIVE MODE');
    });
    afterEach(() => lock.end());

    const isUnderWay = () => eventually('a backup is made', () => (spool(source).length > 0 ? true : undefined));

    it('is the only one that a node makes', async () => {
      const first = taken(source);
      await isUnderWay();
      problemIn(await source.asAdmin('get', '/v1/cluster/backup'), 503, 'overloaded');
      await lock.query('COMMIT');
      expect((await first).stateHash).toBe(backup.stateHash);
      expect((await taken(source)).stateHash).toBe(backup.stateHash);
    });

    it('is given up when its client goes away', async () => {
      const aborted = new AbortController();
      const headers = { Authorization: `Bearer ${source.admin.accessToken}` };
      const gone = fetch(`${source.url}/v1/cluster/backup`, { headers, signal: aborted.signal }).catch(() => 'gone');
      await isUnderWay();
      aborted.abort();
      expect(await gone).toBe('gone');
      await lock.query('COMMIT');
      await eventually('nothing is left of it', () => (spool(source).length === 0 ? true : undefined));
      await eventually('another is made', async () => {
        const { status } = await source.asAdmin('get', '/v1/cluster/backup').buffer(true).parse(asBytes);
        return status === 200 ? true : undefined;
      });
    });
  });

  // Changes the source: no test of its backup comes after it.
  it('honours no ETag that the old cluster gave after the backup, and gives none that it gave', async () => {
    const world = await another();
    const path = `/v1/projects/${shop.id}/configs/${key}`;
    const read = `/v1/read/${shop.apiKey}/${key}`;
    const etagOf = async (asked: Promise<Response>) => (await asked).headers['etag'] ?? '';
    const known = [await etagOf(source.asAdmin('get', path).expect(200))];
    for (const version of [4, 5]) {
      const change = { content: { port: 80 + version }, expectedVersion: version };
      known.push(await etagOf(source.asAdmin('put', path).send(change).expect(200)));
    }
    const [atBackup = '', , newest = ''] = known;
    const ofAll = await etagOf(source.http('get', `/v1/read/${shop.apiKey}`).expect(200));
    await restore(world, backup.bytes).expect(200);
    const admin = await world.logIn(source.admin.email, adminPassword);

    for (const etag of [newest, ofAll]) {
      const { body } = await world.http('get', read).set('If-None-Match', etag).expect(200);
      expect(body).toMatchObject({ version: 4, content: { port: 4 } });
    }
    await world.http('get', `/v1/read/${shop.apiKey}`).set('If-None-Match', ofAll).expect(200);
    await world.as(admin, 'get', path).set('If-None-Match', newest).expect(200);
    const change = (etag: string) =>
      world
        .as(admin, 'put', path)
        .set('If-Match', etag)
        .send({ content: { port: 7 } });
    problemIn(await change(newest), 412, 'version-conflict');
    // What the backup holds is the same in both, and known by the same ETag.
    await world.http('get', read).set('If-None-Match', atBackup).expect(304);
    const changed = await change(atBackup).expect(200);
    expect(known).not.toContain(changed.headers['etag']);
  });

  // Changes the source, as the one before.
  it('says of a lost write that it is lost, and gives all values to whoever watched the old cluster', async () => {
    const world = await another();
    const path = `/v1/projects/${shop.id}/configs/${key}`;
    const { body: current } = await source.asAdmin('get', path).expect(200);
    const lostChange = { content: { port: 1 }, expectedVersion: current.version };
    const { modIndex: lost } = (await source.asAdmin('put', path).send(lostChange).expect(200)).body;
    const { body: old } = await source.asAdmin('get', '/v1/cluster').expect(200);
    await restore(world, backup.bytes).expect(200);

    const read = `/v1/read/${shop.apiKey}/${key}`;
    for (const consistency of ['linearizable', 'local']) {
      const answer = await world.http('get', `${read}?consistency=${consistency}&minIndex=${lost}`);
      const { detail } = problemIn(answer, 503, 'index-not-reached');
      expect(detail).toContain(`${lost} was given by the former cluster ${old.clusterId}`);
      expect(detail).toContain(`the state up to ${backup.index} (restored)`);
    }
    await world.http('get', `${read}?minIndex=${backup.index}`).expect(200);

    const stream = await EventStream.open(`${world.url}/v1/watch/${shop.apiKey}`, { lastEventId: `${lost}` });
    const [first] = await stream.first(1);
    stream.close();
    expect(first).toMatchObject({ event: 'resync', data: { items: [{ key, version: 4, content: { port: 4 } }] } });
    expect(Number(first?.id)).toBeGreaterThan(backup.index + skipped);
  });
});

function changedByte(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 0xff;
  return changed;
}
