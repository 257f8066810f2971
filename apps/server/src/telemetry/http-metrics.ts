import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Counter, Histogram } from 'prom-client';
import { problemCodeOf } from '../common/http/problem-details.filter';
import type { ReadCounts } from '../read/workers/read-counts';
import { durationBounds } from '../read/workers/read-counts';
import { ReadWorkers } from '../read/workers/read-workers';
import { methodLabel, routeLabel, statusLabel } from './http-labels';
import { metricPrefix, Metrics } from './metrics';

/** Listens to the server itself, so that requests count too that a middleware refuses before any route. */
@Injectable()
export class HttpMetrics implements OnModuleInit, OnModuleDestroy {
  readonly #duration: Histogram<'method' | 'route' | 'status'>;
  readonly #problems: Counter<'code'>;

  constructor(
    metrics: Metrics,
    private readonly adapter: HttpAdapterHost,
    workers: ReadWorkers,
  ) {
    this.#duration = new Histogram({
      name: `${metricPrefix}http_request_duration_seconds`,
      help: 'Time from the arrival of the headers to the end of the answer, by route pattern.',
      labelNames: ['method', 'route', 'status'],
      buckets: [...durationBounds],
      registers: [metrics.registry],
    });
    this.#problems = new Counter({
      name: `${metricPrefix}http_problems_total`,
      help: 'Requests that were answered with a problem document, by its code.',
      labelNames: ['code'],
      registers: [metrics.registry],
    });
    workers.onCounts((counts) => this.#add(counts));
  }

  onModuleInit(): void {
    this.#server?.prependListener('request', this.#observe);
  }

  onModuleDestroy(): void {
    this.#server?.off('request', this.#observe);
  }

  /** What read workers have answered. The library adds one at a time: each is as long as all of them on average. */
  #add(counts: ReadCounts): void {
    for (const { method, route, status, count, seconds } of counts) {
      const labels = { method: methodLabel({ method }), route, status };
      for (let n = 0; n < count; n++) this.#duration.observe(labels, seconds / count);
    }
  }

  get #server(): Server | undefined {
    return this.adapter.httpAdapter?.getHttpServer() as Server | undefined;
  }

  readonly #observe = (request: IncomingMessage, response: ServerResponse): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const labels = { method: methodLabel(request), route: routeLabel(request), status: statusLabel(response) };
      this.#duration.observe(labels, (performance.now() - startedAt) / 1000);
      const code = problemCodeOf(response);
      if (code) this.#problems.inc({ code });
    });
  };
}
