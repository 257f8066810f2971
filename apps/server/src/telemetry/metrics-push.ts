import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Circuit } from '../common/resilience/circuit';
import { Circuits } from '../common/resilience/circuits';
import { Metrics } from './metrics';
import { otlpCircuit } from './otlp-circuit';
import { otlpMetrics } from './otlp-metrics';
import { resourceOf } from './resource';

const patienceMs = 5_000;
const lastPatienceMs = 1_000;

/** Sends the series of /metrics over OTLP when asked for. What the receiver did not take is part of what comes next. */
@Injectable()
export class MetricsPush implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #startedMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isAway = false;

  constructor(
    private readonly metrics: Metrics,
    private readonly circuits: Circuits,
    private readonly log: PinoLogger,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  onApplicationBootstrap(): void {
    const { otlpEndpoint, metricsExporter, metricExportIntervalMs } = this.environment;
    if (otlpEndpoint === null || metricsExporter === 'none') return;
    const url = new URL('v1/metrics', `${otlpEndpoint.replace(/\/*$/, '')}/`).href;
    const circuit = otlpCircuit(this.circuits, 'metrics', patienceMs);
    this.#timer = setInterval(() => {
      // One at a time: a receiver that hangs is not asked again meanwhile.
      this.#sending ??= this.#send(url, circuit, patienceMs).finally(() => (this.#sending = undefined));
    }, metricExportIntervalMs).unref();
    this.#last = () => this.#send(url, circuit, lastPatienceMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last();
  }

  #last: () => Promise<void> = () => Promise.resolve();

  async #send(url: string, circuit: Circuit, withinMs: number): Promise<void> {
    const { environment } = this;
    const times = { startedMs: this.#startedMs, nowMs: Date.now() };
    try {
      await circuit.run(async () => {
        const body = JSON.stringify(await otlpMetrics(this.metrics.registry, resourceOf(environment), times));
        const headers = { ...environment.otlpHeaders, 'Content-Type': 'application/json' };
        const signal = AbortSignal.timeout(withinMs);
        const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
        // A receiver that goes on answering is not listened to.
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`status ${answer.status}`);
      });
      this.#tell(undefined);
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : 'unknown');
    }
  }

  #tell(failure: string | undefined): void {
    const isAway = failure !== undefined;
    if (isAway && !this.#isAway) this.log.warn(`metrics cannot be sent over OTLP: ${failure}`);
    if (!isAway && this.#isAway) this.log.info('metrics are sent over OTLP again');
    this.#isAway = isAway;
  }
}
