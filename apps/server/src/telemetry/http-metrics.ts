import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Histogram } from 'prom-client';
import { methodLabel, routeLabel, statusLabel } from './http-labels';
import { metricPrefix, Metrics } from './metrics';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Listens to the server itself, so that requests count too that a middleware refuses before any route. */
@Injectable()
export class HttpMetrics implements OnModuleInit, OnModuleDestroy {
  readonly #duration: Histogram<'method' | 'route' | 'status'>;

  constructor(
    metrics: Metrics,
    private readonly adapter: HttpAdapterHost,
  ) {
    this.#duration = new Histogram({
      name: `${metricPrefix}http_request_duration_seconds`,
      help: 'Time from the arrival of the headers to the end of the answer, by route pattern.',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers: [metrics.registry],
    });
  }

  onModuleInit(): void {
    this.#server?.prependListener('request', this.#observe);
  }

  onModuleDestroy(): void {
    this.#server?.off('request', this.#observe);
  }

  get #server(): Server | undefined {
    return this.adapter.httpAdapter?.getHttpServer() as Server | undefined;
  }

  readonly #observe = (request: IncomingMessage, response: ServerResponse): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const labels = { method: methodLabel(request), route: routeLabel(request), status: statusLabel(response) };
      this.#duration.observe(labels, (performance.now() - startedAt) / 1000);
    });
  };
}
