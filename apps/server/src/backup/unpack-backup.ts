import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { auditHash, firstAuditHead } from '../consensus/audit-chain';
import type { AuditRecordEntity } from '../consensus/audit-record.entity';
import { historyFile } from '../consensus/snapshots/install-snapshot';
import { lineOf, linesIn } from '../consensus/snapshots/snapshot-lines';
import type { SnapshotHeader, SnapshotRow } from '../consensus/snapshots/snapshot-lines';
import { indexesSkipped } from '../consensus/succession/indexes-skipped';
import { currentFile } from '../consensus/snapshots/take-snapshot';
import type { TableDefinition } from '../consensus/state/table-definition';
import type { BackupFooter, BackupHeader } from './backup-format';
import { backedUp, BackupRefused } from './backup-format';

const flushChars = 1 << 20;
/** Four times the largest content that a node can be set to take. */
const maxLineBytes = 256 * 1024 ** 2;

type Kind = 'current' | 'history';
type Sink = (kind: Kind, text: string) => Promise<unknown>;

export interface Unpacked {
  readonly backup: BackupHeader;
  /** What it is installed as. */
  readonly snapshot: SnapshotHeader;
  readonly rows: number;
}

/**
 * Checks a backup from its first line to its last, and lays it out in `directory` as a snapshot that can be installed.
 * Throws BackupRefused before anything else was touched.
 */
export async function unpackBackup(
  source: Readable,
  tables: readonly TableDefinition<object, string>[],
  directory: string,
): Promise<Unpacked> {
  const current = await open(join(directory, currentFile), 'w');
  const history = await open(join(directory, historyFile), 'w');
  try {
    const files = { current, history };
    const unpacked = await unpack(source, tables, (kind, text) => files[kind].appendFile(text));
    await Promise.all([current.sync(), history.sync()]);
    return unpacked;
  } finally {
    await Promise.all([current.close(), history.close()]);
  }
}

/** The same checks, and nothing is kept. */
export const checkBackup = (source: Readable, tables: readonly TableDefinition<object, string>[]): Promise<Unpacked> =>
  unpack(source, tables, () => Promise.resolve());

async function unpack(
  source: Readable,
  tables: readonly TableDefinition<object, string>[],
  write: Sink,
): Promise<Unpacked> {
  const unpacking = new Unpacking(tables, write);
  const unzipped = createGunzip();
  // The reader hears of an end that came too early, and the source of a reader that has seen enough.
  const piped = pipeline(source, unzipped);
  piped.catch(() => undefined);
  try {
    for await (const line of linesIn(unzipped, maxLineBytes)) await unpacking.take(line);
    await piped;
    return await unpacking.end();
  } catch (error) {
    throw refusalOf(error);
  } finally {
    unzipped.destroy();
    await piped.catch(() => undefined);
  }
}

function refusalOf(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_')) return new BackupRefused(`the backup is damaged or incomplete: ${message}`);
  if (error instanceof SyntaxError) return new BackupRefused(`the backup has a line that is not JSON: ${message}`);
  if (error instanceof RangeError) return new BackupRefused(`the backup has a line that is too long: ${message}`);
  return error;
}

class Unpacking {
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #hash = createHash('sha256');
  readonly #buffers: Record<Kind, string> = { current: '', history: '' };
  #backup: BackupHeader | undefined;
  #snapshot: SnapshotHeader | undefined;
  #footer: BackupFooter | undefined;
  #rows = 0;
  #auditHead = firstAuditHead;

  constructor(
    tables: readonly TableDefinition<object, string>[],
    private readonly write: Sink,
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

  async end(): Promise<Unpacked> {
    const [backup, snapshot, footer] = [this.#backup, this.#snapshot, this.#footer];
    if (!backup || !snapshot) throw new BackupRefused('the backup is empty');
    if (!footer) throw new BackupRefused(`the backup ends after ${this.#rows} rows, without its last line`);
    if (footer.rows !== this.#rows)
      throw new BackupRefused(`the backup has ${this.#rows} rows instead of ${footer.rows}`);
    if (footer.sha256 !== this.#hash.digest('hex')) throw new BackupRefused('the checksum of the backup is wrong');
    if (this.#auditHead.hash !== backup.auditHead.hash) {
      throw new BackupRefused('the audit records of the backup do not lead to its audit head');
    }
    await this.#flush('current', 0);
    await this.#flush('history', 0);
    return { backup, snapshot, rows: footer.rows };
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
    await this.#flush(kind, flushChars);
  }

  #chain({ hash, previousHash, ...record }: AuditRecordEntity): void {
    const isNext = previousHash === this.#auditHead.hash && hash === auditHash(record, previousHash);
    if (!isNext) throw new BackupRefused(`the audit record ${record.index} of the backup was changed`);
    this.#auditHead = { index: record.index, hash };
  }

  async #flush(kind: Kind, above: number): Promise<void> {
    if (this.#buffers[kind].length <= above) return;
    const text = this.#buffers[kind];
    this.#buffers[kind] = '';
    await this.write(kind, text);
  }
}
