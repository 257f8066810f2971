import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { ReadWorkers } from '../read/workers/read-workers';
import { metricPrefix, Metrics } from './metrics';

/** Read when metrics are asked for. */
@Injectable()
export class ReadWorkerMetrics {
  constructor({ registry }: Metrics, workers: ReadWorkers) {
    new Gauge({
      name: `${metricPrefix}read_workers`,
      help: 'Read workers that take connections.',
      registers: [registry],
      collect() {
        this.set(workers.living);
      },
    });
    new Counter({
      name: `${metricPrefix}read_worker_answers_total`,
      help: 'Reads that read workers answered themselves; all others they passed on to the node.',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(workers.answered);
      },
    });
    new Counter({
      name: `${metricPrefix}read_worker_restarts_total`,
      help: 'Read workers that ended without being told to, and were replaced.',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(workers.restarts);
      },
    });
  }
}
