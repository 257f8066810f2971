import { Inject, Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { allowanceHeaders, rateLimited, tellAllowance } from '../limits/rate-limited';
import type { RequestLimit } from '../limits/request-limit';
import { RequestLimits } from '../limits/request-limits';
import { hashApiKey } from '../projects/api-key';

type Header = readonly [name: string, value: string];

const unlimited: readonly Header[] = [];

/** So many reads a minute with each API key, whichever way they are answered. */
@Injectable()
export class ReadLimit {
  readonly #limit: RequestLimit | undefined;

  constructor(limits: RequestLimits, @Inject(ENVIRONMENT) { rateLimitRead }: Pick<Environment, 'rateLimitRead'>) {
    this.#limit = limits.aMinute('key', rateLimitRead);
  }

  /** Tells the caller where the key stands. Rejects with `rate-limited` when it is one too many. */
  async count(apiKey: string, response: Pick<ServerResponse, 'setHeader'> | undefined): Promise<void> {
    if (!this.#limit) return;
    const allowance = await this.#limit.take(hashApiKey(apiKey));
    if (response) tellAllowance(response, allowance);
    if (!allowance.isAllowed) throw rateLimited(allowance.resetMs);
  }

  /** The headers that tell the caller where the key stands; undefined, and not counted, when it may be one too many. */
  countNow(apiKey: string): readonly Header[] | undefined {
    if (!this.#limit) return unlimited;
    const allowance = this.#limit.takeNow(hashApiKey(apiKey));
    return allowance && allowanceHeaders(allowance);
  }
}
