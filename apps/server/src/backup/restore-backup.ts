import type { FirstLog, LogContinuation } from '@config-guardian/raft-node';
import { loneMember } from '@config-guardian/raft-node';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { DataSource } from 'typeorm';
import { newestClusterVersion } from '../common/release';
import type { CommandRegistry } from '../consensus/command.registry';
import { installSnapshot, SnapshotRefused } from '../consensus/snapshots/install-snapshot';
import { firstEntry } from '../consensus/succession/first-entry';
import type { BackupHeader } from './backup-format';
import { BackupRefused } from './backup-format';
import type { Unpacked } from './unpack-backup';
import { unpackBackup } from './unpack-backup';

export interface Restored {
  /** Where the restored state stands: far beyond the backup. */
  readonly index: number;
  readonly stateHash: string;
  readonly rows: number;
  /** Of the new cluster. */
  readonly clusterId: string;
}

/** A backup that was checked to its end and lies ready to be installed. */
export interface CheckedBackup {
  readonly backup: BackupHeader;
  readonly rows: number;
  /** What log and database become: `install` runs where nothing else writes to the database. */
  readonly begin: LogContinuation;
  install(dataSource: DataSource, registry: CommandRegistry): Promise<Restored>;
}

/** Checks the backup, with its rows in files below `spool` until `use` has ended. Throws BackupRefused. */
export async function withBackup<Result>(
  source: Readable,
  { spool, nodeId, registry }: { readonly spool: string; readonly nodeId: string; readonly registry: CommandRegistry },
  use: (checked: CheckedBackup) => Promise<Result>,
): Promise<Result> {
  await mkdir(spool, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(spool, 'restore-'));
  try {
    const unpacked = await unpackBackup(source, registry.tables, directory);
    const { clusterVersion } = unpacked.backup;
    if (clusterVersion > newestClusterVersion) {
      const mine = `this build understands up to ${newestClusterVersion}`;
      throw new BackupRefused(
        `the backup needs cluster version ${clusterVersion}, ${mine}: restore it with a newer one`,
      );
    }
    return await use(checkedBackup(unpacked, loneMember(nodeId), directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function checkedBackup(
  { backup, snapshot, rows }: Unpacked,
  { identity, configuration }: FirstLog,
  directory: string,
): CheckedBackup {
  const { index, term } = snapshot;
  const whose = { clusterId: backup.clusterId, succession: 'restored', lastIndex: backup.index } as const;
  return {
    backup,
    rows,
    begin: { identity, configuration, after: { index, term }, entries: [firstEntry(snapshot, whose)] },
    install: async (dataSource, registry) => {
      const membership = JSON.stringify(configuration);
      const at = { index, membership };
      const installing = installSnapshot(dataSource, registry, directory, at, { newOwner: identity });
      const { machine } = await installing.catch((error: unknown) => {
        throw error instanceof SnapshotRefused ? new BackupRefused(error.message) : error;
      });
      return { index, stateHash: machine.hash, rows, clusterId: identity.clusterId };
    },
  };
}
