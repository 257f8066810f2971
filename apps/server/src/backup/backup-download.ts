import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RequestContext } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { release } from '../common/release';
import { CommandRegistry } from '../consensus/command.registry';
import { ConsensusService } from '../consensus/consensus.service';
import { NodeDatabase } from '../database/node-database';
import type { BackupHeader } from './backup-format';
import { Spool } from './spool';
import { writeBackup } from './write-backup';

/** A line is small, and each piece that is compressed costs a trip to another thread. */
const pieceChars = 64 * 1024;

/** Streams backups from this node's database, one at a time. */
@Injectable()
export class BackupDownload {
  #isBusy = false;

  constructor(
    private readonly consensus: ConsensusService,
    private readonly registry: CommandRegistry,
    private readonly database: NodeDatabase,
    private readonly spool: Spool,
    private readonly log: PinoLogger,
  ) {}

  /** Resolves when the answer has begun; what goes wrong later can only break it off. */
  async send(response: Response, { deadline, requestId }: RequestContext): Promise<void> {
    if (this.#isBusy) reject('overloaded', { detail: 'This node is making another backup.', retryAfterSeconds: 5 });
    this.#isBusy = true;
    try {
      await this.consensus.flushed(deadline);
      const lines = await this.#lines();
      const first = await lines.next();
      const header = JSON.parse(first.value as string) as BackupHeader;
      response.set(headersOf(header));
      void this.#stream(first.value as string, lines, response, { requestId, index: header.index });
    } catch (error) {
      this.#isBusy = false;
      throw error;
    }
  }

  async #lines(): Promise<AsyncGenerator<string, void>> {
    const { clusterId, nodeId } = this.consensus.status();
    const spool = await this.spool.directory();
    const origin = { clusterId, nodeId, release, takenAt: new Date().toISOString(), spool };
    return writeBackup(this.database.dataSource, this.registry.tables, origin);
  }

  async #stream(first: string, lines: AsyncGenerator<string>, response: Response, about: object): Promise<void> {
    try {
      await pipeline(Readable.from(joined(first, lines)), createGzip(), response);
      this.log.info(about, 'a backup was taken');
    } catch (error) {
      // Its end is missing, and whoever reads it knows.
      this.log.warn({ ...about, reason: error instanceof Error ? error.message : String(error) }, 'a backup broke off');
      response.destroy();
    } finally {
      // Also when the reader had gone before the first piece.
      await lines.return(undefined);
      this.#isBusy = false;
    }
  }
}

function headersOf({ clusterId, index, stateHash }: BackupHeader): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'application/gzip',
    'Content-Disposition': `attachment; filename="config-guardian-${clusterId}-${index}.backup.gz"`,
    'Cache-Control': 'no-store',
    'X-Config-Index': String(index),
    'X-State-Hash': stateHash,
  };
}

async function* joined(first: string, lines: AsyncGenerator<string>): AsyncGenerator<string> {
  let piece = first;
  for await (const line of lines) {
    piece += line;
    if (piece.length < pieceChars) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
