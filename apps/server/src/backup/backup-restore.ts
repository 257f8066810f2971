import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { Readable } from 'node:stream';
import { askForBody } from '../common/http/unreadable-requests';
import { reject } from '../common/rejected';
import { CommandRegistry } from '../consensus/command.registry';
import { ConsensusNode } from '../consensus/consensus-node';
import { ConsensusService } from '../consensus/consensus.service';
import { swapLog } from '../consensus/log-swap';
import { BackupRefused } from './backup-format';
import { requireEmptyCluster } from './empty-cluster.rules';
import type { CheckedBackup, Restored } from './restore-backup';
import { withBackup } from './restore-backup';
import { Spool } from './spool';

const maxBytes = 1024 ** 3;
const mediaTypes: ReadonlySet<string> = new Set(['application/gzip', 'application/x-gzip', 'application/octet-stream']);

/** Makes a backup the state of this node, which is the only one of an empty cluster, without a restart of the process. */
@Injectable()
export class BackupRestore {
  #isBusy = false;

  constructor(
    private readonly node: ConsensusNode,
    private readonly consensus: ConsensusService,
    private readonly registry: CommandRegistry,
    private readonly spool: Spool,
    private readonly log: PinoLogger,
  ) {}

  async restore(request: Request, response: Response): Promise<Restored> {
    if (this.#isBusy) reject('overloaded', { detail: 'Another backup is being restored here.', retryAfterSeconds: 5 });
    this.#requireEmpty();
    requireGzip(request);
    this.#isBusy = true;
    try {
      askForBody(request, response);
      const { nodeId } = this.consensus.status();
      const spool = await this.spool.directory();
      const body = Readable.from(limited(request));
      return await withBackup(body, { spool, nodeId, registry: this.registry }, (checked) => this.#install(checked));
    } catch (error) {
      if (error instanceof BackupRefused) reject('backup-invalid', sentence(error.message));
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  async #install({ backup, begin, install }: CheckedBackup): Promise<Restored> {
    const restored = await this.node.restart('A backup is being restored.', (dataSource, logDirectory) => {
      // Nothing is written any more: what was checked before the body was read may have changed meanwhile.
      this.#requireEmpty();
      return swapLog(logDirectory, begin, () => install(dataSource, this.registry));
    });
    const { clusterId, nodeId, index, takenAt } = backup;
    this.log.warn({ restored, from: { clusterId, nodeId, index, takenAt } }, 'a backup was restored');
    return restored;
  }

  #requireEmpty(): void {
    requireEmptyCluster(this.consensus.state, this.consensus.status().members.length);
  }
}

function requireGzip({ headers }: Request): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (mediaTypes.has(type.trim().toLowerCase()) && headers['content-encoding'] === undefined) return;
  reject('unsupported-media-type', 'Send the backup as it is, as application/gzip and without a Content-Encoding.');
}

async function* limited(request: Request): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      reject('payload-too-large', `The backup is larger than ${maxBytes} bytes: restore it with npm run restore.`);
    yield chunk;
  }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
