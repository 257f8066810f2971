import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { readHistory } from '../consensus/snapshots/read-history';
import { linesOf } from '../consensus/snapshots/snapshot-lines';
import { currentFile, takeSnapshot } from '../consensus/snapshots/take-snapshot';
import { stateHash } from '../consensus/state-hash';
import type { TableDefinition } from '../consensus/state/table-definition';
import type { BackupFooter, BackupHeader } from './backup-format';
import { backedUp } from './backup-format';

export interface BackupOrigin {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly release: string;
  readonly takenAt: string;
  /** The current rows wait here, so that the transaction that read them is short whatever the reader's speed. */
  readonly spool: string;
}

/** The lines of a backup of what the database holds now, some at a time, before compression. */
export async function* writeBackup(
  dataSource: DataSource,
  tables: readonly TableDefinition<object, string>[],
  { spool, ...origin }: BackupOrigin,
): AsyncGenerator<string> {
  const directory = await mkdtemp(join(spool, 'backup-'));
  try {
    const position = await takeSnapshot(dataSource, backedUp(tables), 0, directory);
    const counted = new CountedLines();
    const header: BackupHeader = {
      kind: 'config-guardian-backup',
      format: 1,
      ...origin,
      stateHash: stateHash(position),
      ...position,
    };
    yield counted.header(JSON.stringify(header));
    let isHeader = true;
    for await (const line of linesOf(join(directory, currentFile))) {
      if (!isHeader) yield counted.rows(`${line}\n`, 1);
      isHeader = false;
    }
    const range = { after: 0, upTo: position.index };
    for (let cursor: string | null = null; ;) {
      const { lines, next } = await readHistory(dataSource, backedUp(tables), range, cursor);
      if (lines !== '') yield counted.rows(lines, lines.split('\n').length - 1);
      if (next === null) break;
      cursor = next;
    }
    yield counted.footer();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

class CountedLines {
  readonly #hash = createHash('sha256');
  #rows = 0;

  header(line: string): string {
    this.#hash.update(`${line}\n`);
    return `${line}\n`;
  }

  rows(lines: string, count: number): string {
    this.#hash.update(lines);
    this.#rows += count;
    return lines;
  }

  footer(): string {
    const footer: BackupFooter = { end: true, rows: this.#rows, sha256: this.#hash.digest('hex') };
    return `${JSON.stringify(footer)}\n`;
  }
}
