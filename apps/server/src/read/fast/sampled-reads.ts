import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PinoLogger } from 'nestjs-pino';
import { accessLine } from '../../common/http/access-log.middleware';
import { tracing } from '../../common/tracing';
import type { AnsweredRead, AnsweredReads } from './fast-reads';

/** A line for each of thousands of reads a second would cost more than the reads. One of so many is logged, and says so. */
export const sampledOneOf = 1000;

/** The access log of reads that were answered well. */
@Injectable()
export class SampledReads implements AnsweredReads {
  #count = 0;

  constructor(private readonly log: PinoLogger) {}

  answered({ method, url, headers }: IncomingMessage, response: ServerResponse, read: AnsweredRead): void {
    if (this.#count++ % sampledOneOf !== 0) return;
    const { statusCode } = response;
    const trace = tracing()?.of(response);
    const line = accessLine({ ...read, method, url, statusCode, headers, trace });
    this.log.logger.info({ ...line, sampledOneOf }, 'request completed');
  }
}
