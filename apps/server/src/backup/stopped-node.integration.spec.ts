import type { CommittedEntry, LogEntry } from '@config-guardian/raft-node';
import {
  asCommitted,
  DirectoryInUse,
  memberId,
  openRaftLog,
  StoppedLog,
  writeContinuedLog,
} from '@config-guardian/raft-node';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, identity, openedDataSource } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { fastDirectory } from '../../../../test/support/postgres-directory';
import { databaseRows } from '../../../../test/support/state-rows';
import { announceMember } from '../cluster/commands/announce-member.command';
import type { CommandDefinition } from '../consensus/command';
import { encodeEnvelope } from '../consensus/envelope';
import { Persister } from '../consensus/persister';
import { restoreState } from '../consensus/restore-state';
import { indexesSkipped } from '../consensus/succession/indexes-skipped';
import { formerClusters, refuseLost } from '../consensus/succession/former-clusters.table';
import type { StateMachine } from '../consensus/state-machine';
import type { NodeDatabase } from '../database/node-database';
import { aFullRegistry } from '../every-feature';
import { createProject } from '../projects/commands/create-project.command';
import { createFirstAdmin } from '../users/commands/create-first-admin.command';
import { requireEmptyCluster } from './empty-cluster.rules';
import { NotRecoverable, recover, recoveryOf } from './recover-node';
import { StoppedNode } from './stopped-node';

const members = ['node-1#first', 'node-2#first', 'node-3#first'].map((member) => {
  const [nodeId, incarnation] = member.split('#') as [string, string];
  return memberId(nodeId, incarnation);
});
const group = (voters: typeof members) => ({ voters, learners: [], outgoing: [], learnersNext: [], autoLeave: false });

const stamped = (data: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(20);
  header.writeBigUInt64LE(BigInt(Date.UTC(2026, 0, 1)), 0);
  return Buffer.concat([header, data]);
};

/** The entries of a log, one after the other. */
class Entries {
  readonly all: LogEntry[] = [];
  #add(kind: LogEntry['kind'], data: Uint8Array): this {
    this.all.push({ index: this.all.length + 1, term: 3, kind, data });
    return this;
  }
  noOp(): this {
    return this.#add('no-op', new Uint8Array(0));
  }
  configuration(voters: typeof members): this {
    return this.#add('configuration', Buffer.from(JSON.stringify(group(voters))));
  }
  command<Payload extends object>(
    { type, version }: Pick<CommandDefinition<Payload>, 'type' | 'version'>,
    payload: Payload,
    actor: string | null = null,
  ): this {
    const id = `command-${this.all.length + 1}`;
    const about = { id, type, version, actor, requestId: id, trace: null, fingerprint: id, birthIndex: 0, payload };
    return this.#add('command', stamped(encodeEnvelope(about)));
  }
  admin(): this {
    return this.command(createFirstAdmin, { userId: 'admin', email: 'admin@example.com', passwordHash: 'hash' });
  }
  project(name: string): this {
    const payload = { projectId: name, name, description: null, apiKeyHash: `hash of ${name}`, apiKeyHint: 'abcd' };
    return this.command(createProject, payload, 'admin');
  }
  announce(nodeId: string): this {
    const [raftAddress, apiAddress] = [`${nodeId}:7400`, `http://${nodeId}:8080`];
    const of = { nodeId, incarnation: 'first', raftAddress, apiAddress, version: '0.1.0', clusterVersion: 1 };
    return this.command(announceMember, of);
  }
}

describe('a node that does not run', () => {
  let database: TestDatabase;
  let source: DataSource;
  let dataDir: string;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(fastDirectory(), 'config-guardian-stopped-'));
    database = await aMigratedDatabase();
    source = await openedDataSource(database.url);
  });
  afterEach(async () => {
    await source.destroy();
    await database.drop();
    rmSync(dataDir, { recursive: true });
  });

  const open = (): Promise<StoppedNode> => {
    const kept = { start: () => Promise.resolve(source), stop: () => Promise.resolve() };
    return StoppedNode.open({ nodeId: 'node-1', dataDir }, aFullRegistry(), kept as unknown as NodeDatabase);
  };

  /** The node has all the entries in its log, and the first of them in its database. */
  async function left({ all }: Entries, stored: number, voters = members): Promise<void> {
    const configuration = group(voters);
    writeContinuedLog(join(dataDir, 'log'), { identity, configuration, after: { index: 0, term: 0 }, entries: all });
    const range = { firstIndex: 1, lastIndex: all.length };
    const machine = await restoreState(source, aFullRegistry(), identity, range);
    await persist(machine, all.slice(0, stored).map(asCommitted));
  }

  async function persist(machine: StateMachine, entries: readonly CommittedEntry[]): Promise<void> {
    const persister = new Persister(source, machine.registry.tables, {
      windowLength: machine.window.length,
      onFatal: (error) => {
        throw error;
      },
      onDurable: () => undefined,
      log: { warn: () => undefined, error: () => undefined },
    });
    persister.start(machine.position);
    const applied = entries.map((entry) => machine.apply(entry));
    persister.enqueue(applied, machine.position, machine.membership);
    await persister.flushed(machine.position.index);
    await persister.stop();
  }

  /** Starts the log as the node would, and gives the state when it serves. */
  async function started(): Promise<StateMachine> {
    const log = await openRaftLog<null>({
      directory: join(dataDir, 'log'),
      nodeId: 'node-1',
      onFatal: (error) => {
        throw error;
      },
    });
    const machine = await restoreState(source, aFullRegistry(), log.identity, log.status());
    await log.start({
      get appliedIndex() {
        return machine.position.index;
      },
      get membership() {
        return machine.membership;
      },
      apply: (entries) => entries.map((entry) => (machine.apply(entry), null)),
      ready: () => Promise.resolve(),
    });
    expect(log.status().voters).toEqual(['node-1']);
    await log.stop();
    return machine;
  }

  const grown = (): Entries =>
    new Entries()
      .noOp()
      .admin()
      .announce('node-1')
      .announce('node-2')
      .project('stored')
      .announce('node-3')
      .project('in the log alone')
      .configuration(members);

  it('goes on alone with all it holds, in its database and in its log, and with none of the other members', async () => {
    await left(grown(), 5);
    const node = await open();
    const recovery = await recoveryOf(node);
    expect(recovery).toMatchObject({ identity, lastIndex: 8, lastTerm: 3, stored: { index: 5 } });
    expect(recovery.others.map(({ nodeId, row }) => [nodeId, row?.raftAddress])).toEqual([
      ['node-2', 'node-2:7400'],
      ['node-3', 'node-3:7400'],
    ]);
    const now = await recover(node, recovery);
    await node.close();
    expect(now.clusterId).not.toBe(identity.clusterId);
    expect(now.incarnation).not.toBe(identity.incarnation);
    expect(readdirSync(dataDir)).toContainEqual(expect.stringMatching(/^log\.before-/));

    const { state, position, membership } = await started();
    expect([...state.tables].find(({ definition }) => definition.name === 'cluster_members')?.size).toBe(0);
    expect([...state.tables].find(({ definition }) => definition.name === 'projects')?.size).toBe(2);
    // The succession, and the entry with which the only voter begins its term.
    expect(position.index).toBe(8 + indexesSkipped + 2);
    expect([...state.of(formerClusters).all()]).toMatchObject([
      { clusterId: identity.clusterId, succession: 'recovered', lastIndex: 8, nextIndex: 8 + indexesSkipped + 1 },
    ]);
    expect(JSON.parse(membership)).toMatchObject({ voters: [memberId('node-1', now.incarnation)] });
    expect((await databaseRows(source))['cluster_members']).toEqual([]);
  });

  it('has in its database what was in its log alone, and gives no index of its old cluster again', async () => {
    await left(grown(), 2);
    const node = await open();
    await recover(node, await recoveryOf(node));
    await node.close();
    expect((await databaseRows(source))['projects']).toHaveLength(2);
    const log = await StoppedLog.open(join(dataDir, 'log'));
    const standing = { index: 8 + indexesSkipped, term: 3 };
    expect([...log.after(standing)].map(({ index, term, kind }) => [index, term, kind])).toEqual([
      [standing.index + 1, 3, 'command'],
    ]);
    log.close();
    const { state } = await started();
    expect(() => refuseLost(state, 8)).not.toThrow();
    expect(() => refuseLost(state, 9)).toThrow('former cluster');
    expect(() => refuseLost(state, standing.index)).toThrow('former cluster');
    expect(() => refuseLost(state, standing.index + 1)).not.toThrow();
  });

  it('changes nothing when it is only looked at', async () => {
    await left(grown(), 5);
    const node = await open();
    await recoveryOf(node);
    await node.close();
    expect(readdirSync(dataDir)).toEqual(['log']);
    const log = await StoppedLog.open(join(dataDir, 'log'));
    expect(log.identity).toEqual(identity);
    log.close();
  });

  it('needs no recovery when it is the only member', async () => {
    await left(new Entries().noOp().admin(), 1, members.slice(0, 1));
    const node = await open();
    await expect(recoveryOf(node)).rejects.toThrow(NotRecoverable);
    await node.close();
  });

  it('is not empty when a project is in the log and not yet in the database', async () => {
    await left(new Entries().noOp().admin().project('shop'), 2, members.slice(0, 1));
    const node = await open();
    const { machine, stored } = await node.state();
    expect(stored.index).toBe(2);
    expect(() => requireEmptyCluster(machine.state, 1)).toThrow('The cluster has 1 project.');
    await node.close();
  });

  it('is empty with its first administrator, and not with another member', async () => {
    await left(new Entries().noOp().admin().announce('node-1'), 1, members.slice(0, 1));
    const node = await open();
    const { machine } = await node.state();
    requireEmptyCluster(machine.state, node.membersOf(machine).length);
    expect(() => requireEmptyCluster(machine.state, 2)).toThrow('The cluster has 2 members.');
    await node.close();
  });

  it('is not touched while it runs', async () => {
    await left(grown(), 5);
    const running = await StoppedLog.open(join(dataDir, 'log'));
    await expect(open()).rejects.toThrow(DirectoryInUse);
    running.close();
    const node = await open();
    await expect(open()).rejects.toThrow(DirectoryInUse);
    await node.close();
  });
});
