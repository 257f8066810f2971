import type { ConsensusNode } from '../consensus/consensus-node';
import type { NodeDatabase } from '../database/node-database';
import type { RedisConnections } from '../redis/redis-connections';
import type { ServingGate } from '../common/serving-gate';
import { checked, Unavailable } from './check';
import { HealthService } from './health.service';

const standing = {
  isStarted: true,
  reason: null as string | null,
  leaderId: 'node-1' as string | null,
  commitIndex: 7,
  applied: 7,
  users: 1,
  wasConfirmed: true,
  ageMs: 50,
};

function aHealthService(
  given: Partial<typeof standing> = {},
  query = (): Promise<unknown> => Promise.resolve([]),
  redis: Partial<RedisConnections> = {},
) {
  const now = { ...standing, ...given };
  const node = {
    get isStarted() {
      return now.isStarted;
    },
    applied: {
      get value() {
        return now.applied;
      },
    },
    get barrier() {
      return { wasConfirmed: now.wasConfirmed, ageMs: now.ageMs };
    },
    machine: { state: { of: () => ({ size: now.users }) } },
    log: { status: () => ({ leaderId: now.leaderId, commitIndex: now.commitIndex, role: 'follower', term: 3 }) },
  };
  const database = { dataSource: { query } };
  const gate = now as unknown as ServingGate;
  return {
    now,
    health: new HealthService(
      node as unknown as ConsensusNode,
      database as unknown as NodeDatabase,
      gate,
      redis as RedisConnections,
    ),
  };
}

const statuses = async (health: HealthService) => {
  const { status, checks } = await health.readiness();
  return { status, database: checks.database.status, raft: checks.raft.status, applied: checks.applied.status };
};
const allWell = { status: 'ok', database: 'ok', raft: 'ok', applied: 'ok' };

describe('readiness', () => {
  it('is given when database, leader and state are there', async () => {
    const { health } = aHealthService();
    expect(await statuses(health)).toEqual(allWell);
  });

  it('names the database that does not answer, without its words', async () => {
    const { health } = aHealthService({}, () => Promise.reject(new Error('connect to 10.0.0.1 as admin refused')));
    const { status, checks } = await health.readiness();
    expect(status).toBe('unavailable');
    expect(checks.database).toEqual({ status: 'unavailable', detail: 'PostgreSQL does not answer.' });
    expect(checks.raft.status).toBe('ok');
  });

  it('does not wait for a database that hangs, and asks it once', async () => {
    let asked = 0;
    const { health } = aHealthService({}, () => {
      asked += 1;
      return new Promise(() => undefined);
    });
    const found = await Promise.all([health.readiness(), health.readiness()]);
    expect(found.map(({ checks }) => checks.database.status)).toEqual(['unavailable', 'unavailable']);
    expect(found.map(({ checks }) => checks.applied.status)).toEqual(['ok', 'ok']);
    expect(asked).toBe(1);
  });

  it('asks the database anew each time', async () => {
    const answers = [Promise.reject(new Error('away')), Promise.resolve([])];
    const { health } = aHealthService({}, () => answers.shift() ?? Promise.resolve([]));
    expect(await statuses(health)).toEqual({ ...allWell, status: 'unavailable', database: 'unavailable' });
    expect(await statuses(health)).toEqual(allWell);
  });

  it('needs a leader', async () => {
    const { health } = aHealthService({ leaderId: null, wasConfirmed: false });
    expect(await statuses(health)).toEqual({
      status: 'unavailable',
      database: 'ok',
      raft: 'unavailable',
      applied: 'unavailable',
    });
  });

  it('needs what was committed before the start, and after that follows the lag', async () => {
    const { health, now } = aHealthService({ applied: 5, wasConfirmed: false, ageMs: Infinity });
    const isBehind = { ...allWell, status: 'unavailable', applied: 'unavailable' };
    const detail = async () => (await health.readiness()).checks.applied.detail;
    expect(await statuses(health)).toEqual(isBehind);
    expect(await detail()).toBe('Applied up to 5; more was committed before the start.');
    Object.assign(now, { applied: 7, commitIndex: 9, wasConfirmed: true, ageMs: 9_000 });
    expect(await statuses(health)).toEqual(allWell);
    now.ageMs = 12_300;
    expect(await statuses(health)).toEqual(isBehind);
    expect(await detail()).toBe('Applied up to 7, 12 s behind node-1.');
    // Who has no leader to be behind of lacks that.
    now.leaderId = null;
    expect(await statuses(health)).toEqual({ ...allWell, status: 'unavailable', raft: 'unavailable' });
  });

  it('needs somebody who can log in', async () => {
    const { health } = aHealthService({ users: 0 });
    expect(await statuses(health)).toEqual({ ...allWell, status: 'unavailable', applied: 'unavailable' });
  });

  it('is not given while the node starts', async () => {
    const { health } = aHealthService({ isStarted: false, reason: 'The node is starting: waiting for node-2.' });
    const { checks } = await health.readiness();
    expect(checks.raft.detail).toBe('The node is starting: waiting for node-2.');
    expect(await statuses(health)).toEqual({
      status: 'unavailable',
      database: 'unavailable',
      raft: 'unavailable',
      applied: 'unavailable',
    });
  });
});

describe('Redis', () => {
  const asked = async (run: () => Promise<unknown>) => {
    const limits = { run } as unknown as RedisConnections['limits'];
    return (await aHealthService({}, undefined, { limits }).health.readiness()) as unknown;
  };

  it('is named when there is one', async () => {
    expect(await asked(() => Promise.resolve('PONG'))).toMatchObject({
      status: 'ok',
      checks: { redis: { status: 'ok' } },
    });
    expect((await aHealthService().health.readiness()).checks).not.toHaveProperty('redis');
  });

  it('makes no node unready', async () => {
    const found = await asked(() => Promise.reject(new Error('redis://user:secret@away')));
    expect(found).toMatchObject({ status: 'ok', checks: { redis: { status: 'unavailable' } } });
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});

describe('checked', () => {
  it('tells what the check tells', async () => {
    expect(await checked(1_000, () => 'well')).toEqual({ status: 'ok', detail: 'well' });
  });

  it('tells why something is unavailable, and nothing of other errors', async () => {
    const unavailable = () => Promise.reject(new Unavailable('away'));
    expect(await checked(1_000, unavailable)).toEqual({ status: 'unavailable', detail: 'away' });
    const bug = () => {
      throw new TypeError('secret');
    };
    expect(await checked(1_000, bug)).toEqual({ status: 'unavailable', detail: 'The check failed.' });
  });

  it('gives up in time', async () => {
    const { status, detail } = await checked(1, () => new Promise<string>(() => undefined));
    expect({ status, detail }).toEqual({ status: 'unavailable', detail: 'No answer within 1 ms.' });
  });
});
