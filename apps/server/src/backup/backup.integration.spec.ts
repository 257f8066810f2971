import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { aConfigRow, aProjectRow, aRevisionRow, aSchemaRow } from '../../../../test/support/rows';
import { aRowRegistry, databaseRows } from '../../../../test/support/state-rows';
import { installSnapshot } from '../consensus/snapshots/install-snapshot';
import { indexesSkipped } from '../consensus/succession/indexes-skipped';
import { BackupRefused } from './backup-format';
import { unpackBackup } from './unpack-backup';
import { writeBackup } from './write-backup';

const owner = { clusterId: 'restored', nodeId: 'node-9', incarnation: 'new' };
const membership = '{"voters":["node-9#new"]}';
const content = JSON.stringify({ text: '\u2028 é 😀', list: [1, 2.5] });

describe('backups', () => {
  const databases: TestDatabase[] = [];
  const sources: DataSource[] = [];
  let directory: string;
  let source: PersistedNode;
  let lines: string[];

  const { tables } = aRowRegistry();
  const aSource = async (): Promise<DataSource> => {
    const database = await aMigratedDatabase();
    databases.push(database);
    const opened = await openedDataSource(database.url);
    sources.push(opened);
    return opened;
  };
  const unpack = (text: Buffer) => unpackBackup(Readable.from([text]), tables, directory);
  const zipped = (list: readonly string[]): Buffer => gzipSync(list.join(''));

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'config-guardian-backup-'));
    source = await PersistedNode.boot(await aSource());
    source.change({
      put: [
        ['projects', aProjectRow('project-1')],
        ['schemas', aSchemaRow('schema-1')],
      ],
    });
    for (let version = 1; version <= 3; version++) {
      source.change({
        put: [['configs', aConfigRow('project-1', 'a', { version, content })]],
        append: [['config_revisions', aRevisionRow('project-1', 'a', version, { content })]],
      });
    }
    await source.flush();
    const origin = { clusterId: 'cluster', nodeId: 'node-1', release: '1.0.0', takenAt: '2026-01-01T00:00:00.000Z' };
    lines = [];
    for await (const text of writeBackup(source.dataSource, tables, { ...origin, spool: directory })) {
      lines.push(...text.split(/(?<=\n)/));
    }
  });

  afterEach(async () => {
    await source.persister.stop();
    rmSync(directory, { recursive: true });
    for (const opened of sources.splice(0)) await opened.destroy();
    for (const database of databases.splice(0)) await database.drop();
  });

  it('give another cluster the same rows, history and state hash, far beyond the old indexes', async () => {
    const { backup, snapshot } = await unpack(zipped(lines));
    expect(backup).toMatchObject({ clusterId: 'cluster', nodeId: 'node-1', index: source.index });
    expect(snapshot.index).toBe(source.index + indexesSkipped);
    const target = await PersistedNode.boot(await aSource());
    target.change({ put: [['projects', aProjectRow('project-2')]] });
    await target.flush();
    await target.persister.stop();

    const { index } = snapshot;
    const { machine } = await installSnapshot(
      target.dataSource,
      aRowRegistry(),
      directory,
      { index, membership },
      { newOwner: owner },
    );
    expect(machine.hash).toBe(backup.stateHash);
    expect(machine.hash).toBe(source.machine.hash);
    expect(await databaseRows(target.dataSource)).toEqual(await databaseRows(source.dataSource));
    const { command_outcomes: window, ...history } = await databaseRows(target.dataSource, 'history');
    expect(window).toEqual([]);
    expect(history).toEqual(
      Object.fromEntries(
        Object.entries(await databaseRows(source.dataSource, 'history')).filter(
          ([name]) => name !== 'command_outcomes',
        ),
      ),
    );
    const [meta] = await target.dataSource.query<object[]>('SELECT * FROM raft_meta');
    expect(meta).toMatchObject({
      cluster_id: 'restored',
      node_id: 'node-9',
      incarnation: 'new',
      applied_index: String(index),
      membership,
    });
  });

  it.each([
    ['nothing', () => Buffer.alloc(0), 'damaged or incomplete'],
    ['something else', () => Buffer.from('not a gzip'), 'damaged or incomplete'],
    ['another document', () => gzipSync('{"a":1}\n'), 'this is not a backup of Config Guardian'],
    ['no JSON', () => gzipSync('abc\n'), 'a line that is not JSON'],
    ['a newer format', () => gzipSync('{"kind":"config-guardian-backup","format":2}\n'), 'this release reads format 1'],
    ['a file cut in the middle', () => zipped(lines).subarray(0, 200), 'damaged or incomplete'],
    ['a backup without its last line', () => zipped(lines.slice(0, -1)), 'without its last line'],
    ['a backup that goes on', () => zipped([...lines, lines[1] ?? '']), 'goes on after its end'],
    ['a row too few', () => zipped(lines.filter((_, at) => at !== 1)), 'rows instead of'],
    ['a changed row', () => zipped(lines.map((line) => line.replace('project-1', 'project-2'))), 'is wrong'],
    [
      'a changed audit record',
      () => zipped(lines.map((line) => line.replace('Rows were changed', 'Nothing was changed'))),
      'was changed',
    ],
    [
      'an unknown table',
      () => zipped(lines.map((line) => line.replace('"schemas"', '"secrets"'))),
      'which this release does not know',
    ],
  ])('are refused with %s', async (_what, text, message) => {
    const refused = unpack(text());
    await expect(refused).rejects.toThrow(BackupRefused);
    await expect(refused).rejects.toThrow(message);
  });
});
