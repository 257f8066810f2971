import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-custom';
import type { ContextRequest } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ApiKeys } from './api-keys';

/** The API key is in the header X-API-Key or in the path, not in both. */
@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, 'api-key') {
  constructor(private readonly apiKeys: ApiKeys) {
    super();
  }

  /** The id of the project that the key opens. */
  async validate({ headers, params, context }: ContextRequest): Promise<string> {
    const inHeader = headers['x-api-key'];
    const inPath = params['apiKey'];
    if (inHeader !== undefined && inPath !== undefined) {
      const message = 'must not be given beside an API key in the path';
      reject('validation-failed', { errors: [{ header: 'X-API-Key', message }] });
    }
    const apiKey = inHeader ?? inPath;
    if (typeof apiKey !== 'string' || apiKey === '')
      reject('invalid-api-key', 'Send the API key in the header X-API-Key.');
    return this.apiKeys.projectOf(apiKey) ?? this.apiKeys.refuse(context.address);
  }
}
