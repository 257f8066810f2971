import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { auditHash, firstAuditHead } from '../consensus/audit-chain';
import type { AuditRecordEntity } from '../consensus/audit-record.entity';
import { historyFile } from '../consensus/snapshots/install-snapshot';
import { lineOf, linesIn } from '../consensus/snapshots/snapshot-lines';
import type { SnapshotHeader, SnapshotRow } from '../consensus/snapshots/snapshot-lines';
import { currentFile } from '../consensus/snapshots/take-snapshot';
import type { TableDefinition } from '../consensus/state/table-definition';
import type { BackupFooter, BackupHeader } from './backup-format';
import { backedUp, BackupRefused } from './backup-format';

/**
 * The restored state stands so far beyond the backup: no ETag, `minIndex` or watch position that the old cluster gave
 * out after the backup can then be taken for one of the new cluster.
 */
export const indexesSkipped = 1_000_000_000;

const flushChars = 1 << 20;

/**
 * Checks a backup from its first line to its last, and lays it out in `directory` as a snapshot that can be installed.
 * Throws BackupRefused before anything else was touched.
 */
export async function unpackBackup(
  source: Readable,
  tables: readonly TableDefinition<object, string>[],
  directory: string,
): Promise<{ readonly backup: BackupHeader; readonly snapshot: SnapshotHeader }> {
  const current = await open(join(directory, currentFile), 'w');
  const history = await open(join(directory, historyFile), 'w');
  try {
    const unpacking = new Unpacking(tables, current, history);
    const unzipped = source.pipe(createGunzip());
    source.on('error', (error) => unzipped.destroy(error));
    for await (const line of linesIn(unzipped)) await unpacking.take(line);
    const unpacked = await unpacking.end();
    await Promise.all([current.sync(), history.sync()]);
    return unpacked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_'))
      throw new BackupRefused(`the backup is damaged or incomplete: ${(error as Error).message}`);
    if (error instanceof SyntaxError)
      throw new BackupRefused(`the backup has a line that is not JSON: ${error.message}`);
    throw error;
  } finally {
    await Promise.all([current.close(), history.close()]);
  }
}

class Unpacking {
  readonly #kinds: ReadonlyMap<string, 'current' | 'history'>;
  readonly #hash = createHash('sha256');
  readonly #buffers: Record<'current' | 'history', string> = { current: '', history: '' };
  #backup: BackupHeader | undefined;
  #snapshot: SnapshotHeader | undefined;
  #footer: BackupFooter | undefined;
  #rows = 0;
  #auditHead = firstAuditHead;

  constructor(
    tables: readonly TableDefinition<object, string>[],
    private readonly current: FileHandle,
    private readonly history: FileHandle,
  ) {
    this.#kinds = new Map(backedUp(tables).map(({ name, kind }) => [name, kind]));
  }

  async take(line: string): Promise<void> {
    if (this.#footer) throw new BackupRefused('the backup goes on after its end');
    const value = JSON.parse(line) as Partial<BackupHeader & BackupFooter & SnapshotRow>;
    if (!this.#backup) this.#begin(value as BackupHeader);
    else if (value.end) this.#footer = value as BackupFooter;
    else await this.#row(value as SnapshotRow, line);
    if (!this.#footer) this.#hash.update(`${line}\n`);
  }

  async end(): Promise<{ readonly backup: BackupHeader; readonly snapshot: SnapshotHeader }> {
    const [backup, snapshot, footer] = [this.#backup, this.#snapshot, this.#footer];
    if (!backup || !snapshot) throw new BackupRefused('the backup is empty');
    if (!footer) throw new BackupRefused(`the backup ends after ${this.#rows} rows, without its last line`);
    if (footer.rows !== this.#rows)
      throw new BackupRefused(`the backup has ${this.#rows} rows instead of ${footer.rows}`);
    if (footer.sha256 !== this.#hash.digest('hex')) throw new BackupRefused('the checksum of the backup is wrong');
    if (this.#auditHead.hash !== backup.auditHead.hash) {
      throw new BackupRefused('the audit records of the backup do not lead to its audit head');
    }
    await this.#flush('current', this.current, 0);
    await this.#flush('history', this.history, 0);
    return { backup, snapshot };
  }

  #begin(header: BackupHeader): void {
    const { kind, format } = header as Partial<BackupHeader>;
    if (kind !== 'config-guardian-backup') throw new BackupRefused('this is not a backup of Config Guardian');
    if (format !== 1) throw new BackupRefused(`the backup has format ${String(format)}, this release reads format 1`);
    this.#backup = header;
    const { term, lastAtMs, auditHead, clusterVersion, rowHash } = header;
    const index = header.index + indexesSkipped;
    this.#snapshot = { format: 1, index, term, lastAtMs, auditHead, clusterVersion, rowHash };
    this.#buffers.current = lineOf(this.#snapshot);
  }

  async #row({ table, row }: SnapshotRow, line: string): Promise<void> {
    const kind = this.#kinds.get(table);
    if (!kind) throw new BackupRefused(`the backup has rows of ${table}, which this release does not know`);
    this.#rows += 1;
    if (table === 'audit_records') this.#chain(row as AuditRecordEntity);
    this.#buffers[kind] += `${line}\n`;
    await this.#flush(kind, kind === 'current' ? this.current : this.history, flushChars);
  }

  #chain({ hash, previousHash, ...record }: AuditRecordEntity): void {
    const isNext = previousHash === this.#auditHead.hash && hash === auditHash(record, previousHash);
    if (!isNext) throw new BackupRefused(`the audit record ${record.index} of the backup was changed`);
    this.#auditHead = { index: record.index, hash };
  }

  async #flush(kind: 'current' | 'history', file: FileHandle, above: number): Promise<void> {
    if (this.#buffers[kind].length <= above) return;
    const text = this.#buffers[kind];
    this.#buffers[kind] = '';
    await file.write(text);
  }
}
