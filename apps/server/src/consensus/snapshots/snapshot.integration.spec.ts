import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, openedDataSource, PersistedNode } from '../../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../../test/support/postgres';
import { aConfigRow, aProjectRow, aRevisionRow, aSchemaRow } from '../../../../../test/support/rows';
import { aRowRegistry, databaseRows, stateRows } from '../../../../../test/support/state-rows';
import { installSnapshot, SnapshotRefused } from './install-snapshot';
import { readHistory } from './read-history';
import { takeSnapshot } from './take-snapshot';

/** Characters that end a line for some readers, and characters that JSON escapes. */
const text = JSON.stringify({ text: '\u2028 \u2029 \r\n \\ " é 😀' });
const membership = '{"voters":["node-1#a","node-2#b"]}';

describe('snapshots of the state', () => {
  const databases: TestDatabase[] = [];
  const sources: DataSource[] = [];
  let directory: string;

  const aNode = async (): Promise<PersistedNode> => {
    const database = await aMigratedDatabase();
    databases.push(database);
    const source = await openedDataSource(database.url);
    sources.push(source);
    return PersistedNode.boot(source);
  };

  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'config-guardian-snapshot-'))));
  afterEach(async () => {
    rmSync(directory, { recursive: true });
    for (const source of sources.splice(0)) await source.destroy();
    for (const database of databases.splice(0)) await database.drop();
  });

  const basics = {
    put: [
      ['projects', aProjectRow('project-1')],
      ['schemas', aSchemaRow('schema-1')],
    ] as const,
  };
  const aVersion = (version: number) => ({
    put: [['configs', aConfigRow('project-1', 'a', { version, content: text })]] as const,
    append: [['config_revisions', aRevisionRow('project-1', 'a', version, { content: text })]] as const,
  });

  async function fetched(source: PersistedNode, after: number, upTo: number): Promise<number> {
    const { tables } = aRowRegistry();
    let parts = 0;
    for (let cursor: string | null = null; ;) {
      const { lines, next } = await readHistory(source.dataSource, tables, { after, upTo }, cursor);
      appendFileSync(join(directory, 'history'), lines);
      parts++;
      if (next === null) return parts;
      cursor = next;
    }
  }

  async function send(source: PersistedNode, to: PersistedNode): Promise<number> {
    const position = await takeSnapshot(source.dataSource, aRowRegistry().tables, 65_536, directory);
    // One entry that the other has already: what it asks for begins with what is surely on its disk.
    await fetched(source, to.index - 1, position.index);
    return position.index;
  }

  it('gives another database the same rows, history, window and hash, whatever it held before', async () => {
    const leader = await aNode();
    const follower = await aNode();
    for (const node of [leader, follower]) {
      node.change(basics, aVersion(1), { put: [['configs', aConfigRow('project-1', 'gone')]] });
    }
    leader.change({ remove: [['configs', 'project-1', 'gone']] }, aVersion(2), aVersion(3));
    for (const node of [leader, follower]) await node.flush();
    const index = await send(leader, follower);
    const later = leader.change(aVersion(4));
    await leader.flush();
    await follower.persister.stop();

    const { machine } = await installSnapshot(follower.dataSource, aRowRegistry(), directory, { index, membership });
    expect(machine.position.index).toBe(later - 1);
    machine.apply(leader.entries[later - 1]!);
    expect(machine.hash).toBe(leader.machine.hash);
    expect(stateRows(machine)).toEqual(stateRows(leader.machine));

    const continued = await PersistedNode.boot(follower.dataSource, {}, leader.entries);
    await continued.flush();
    expect(await databaseRows(follower.dataSource)).toEqual(await databaseRows(leader.dataSource));
    expect(await databaseRows(follower.dataSource, 'history')).toEqual(
      await databaseRows(leader.dataSource, 'history'),
    );
    for (const node of [leader, continued]) await node.persister.stop();
  });

  it('sends the history in parts, each row once', async () => {
    const leader = await aNode();
    leader.change(basics);
    for (let first = 1; first <= 5_001; first += 500) {
      leader.change(...Array.from({ length: 500 }, (_, n) => aVersion(first + n)));
    }
    await leader.flush();
    expect(await fetched(leader, 0, leader.index)).toBeGreaterThan(3);
    const lines = readFileSync(join(directory, 'history'), 'utf8').trimEnd().split('\n');
    expect(new Set(lines).size).toBe(lines.length);
    const { config_revisions: revisions = [], audit_records: records = [] } = await databaseRows(
      leader.dataSource,
      'history',
    );
    expect(lines).toHaveLength(revisions.length + records.length);
    await leader.persister.stop();
  });

  it('reads no row of the history twice and never much at once, however large the rows are', async () => {
    const leader = await aNode();
    leader.change(basics);
    const large = JSON.stringify('x'.repeat(900_000));
    for (let version = 1; version <= 24; version++) {
      leader.change({
        put: [['configs', aConfigRow('project-1', 'a', { version, content: large })]],
        append: [['config_revisions', aRevisionRow('project-1', 'a', version, { content: large })]],
      });
      await leader.flush();
    }
    const read: number[] = [];
    const query = leader.dataSource.query.bind(leader.dataSource);
    const spy = jest.spyOn(leader.dataSource, 'query').mockImplementation(async (...asked) => {
      const rows: unknown = await query(...asked);
      read.push(JSON.stringify(rows).length);
      return rows;
    });
    expect(await fetched(leader, 0, leader.index)).toBeGreaterThanOrEqual(6);
    spy.mockRestore();
    expect(Math.max(...read)).toBeLessThan(5 * 1024 ** 2);
    expect(read.reduce((sum, chars) => sum + chars, 0)).toBeLessThan(1.1 * 24 * large.length);
    await leader.persister.stop();
  });

  it('refuses a snapshot whose rows are not those it promises, and changes nothing', async () => {
    const leader = await aNode();
    const follower = await aNode();
    leader.change(basics, aVersion(1));
    follower.change(basics);
    for (const node of [leader, follower]) await node.flush();
    const index = await send(leader, follower);
    await follower.persister.stop();
    const before = await databaseRows(follower.dataSource);
    const file = join(directory, 'current');
    writeFileSync(file, readFileSync(file, 'utf8').replace('project-1', 'project-2'));
    const install = installSnapshot(follower.dataSource, aRowRegistry(), directory, { index, membership });
    await expect(install).rejects.toBeInstanceOf(SnapshotRefused);
    expect(await databaseRows(follower.dataSource)).toEqual(before);
    await leader.persister.stop();
  });

  it('refuses a snapshot of another index than the log was told', async () => {
    const leader = await aNode();
    leader.change(basics);
    await leader.flush();
    const index = await send(leader, leader);
    await leader.persister.stop();
    const install = installSnapshot(leader.dataSource, aRowRegistry(), directory, { index: index + 1, membership });
    await expect(install).rejects.toThrow(`the snapshot stands at ${index}, not at ${index + 1}`);
  });
});
