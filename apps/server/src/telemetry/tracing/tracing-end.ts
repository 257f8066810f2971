import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { traceWith, tracing } from '../../common/tracing';

/** The last spans leave when everything that makes some has ended. */
@Injectable()
export class TracingEnd implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    const tracer = tracing();
    traceWith(undefined);
    await tracer?.stop();
  }
}
