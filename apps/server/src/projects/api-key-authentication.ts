import { Injectable } from '@nestjs/common';
import { runStrategy } from '../auth/run-strategy';
import type { ContextRequest } from '../common/http/request-context';
import { Rejected } from '../common/rejected';
import { ApiKeyStrategy } from './api-key.strategy';

/** Which project a request of the read API is for. */
@Injectable()
export class ApiKeyAuthentication {
  constructor(private readonly strategy: ApiKeyStrategy) {}

  /** The project's id. Rejects `invalid-api-key`, `rate-limited`, or `validation-failed` when two keys are given. */
  async authenticate(request: ContextRequest): Promise<string> {
    return String(await runStrategy(this.strategy, request, () => new Rejected('invalid-api-key')));
  }
}
