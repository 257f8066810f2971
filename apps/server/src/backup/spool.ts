import { Inject, Injectable } from '@nestjs/common';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';

/** Where backups lie while they are made or checked. What the last process left there is nobody's. */
@Injectable()
export class Spool {
  #emptied: Promise<unknown> | undefined;

  constructor(@Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'dataDir'>) {}

  async directory(): Promise<string> {
    const path = join(this.environment.dataDir, 'spool');
    this.#emptied ??= rm(path, { recursive: true, force: true });
    await this.#emptied;
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }
}
