import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Watchers } from '../read/watch/watchers';
import { metricPrefix, Metrics } from './metrics';

/** Read when metrics are asked for. */
@Injectable()
export class WatchMetrics {
  constructor({ registry }: Metrics, watchers: Watchers) {
    new Gauge({
      name: `${metricPrefix}watchers`,
      help: 'Clients that wait for changes on this node: open streams, and reads that wait.',
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        for (const [kind, count] of Object.entries(watchers.counts)) this.set({ kind }, count);
      },
    });
    new Counter({
      name: `${metricPrefix}watchers_cut_off_total`,
      help: 'Streams that were ended because too much waited for a client that did not read.',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(watchers.cutOffs);
      },
    });
  }
}
