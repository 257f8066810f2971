import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Mirror } from '../mirror/mirror';
import { metricPrefix, Metrics } from './metrics';

/** Of the copy in Redis. Read when metrics are asked for; on nodes that do not write it they are 0. */
@Injectable()
export class MirrorMetrics {
  constructor({ registry }: Metrics, mirror: Mirror) {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        ...{ name: metricPrefix + name, help, registers: [registry] },
        collect() {
          this.set(value());
        },
      });
    };
    gauge('mirror_lag_seconds', 'For how long Redis has not held every change, on the node that writes them.', () =>
      Math.max(0, mirror.standing.behindMs / 1_000),
    );
    gauge('mirror_index', 'Every change up to this log index is in Redis, on the node that writes them.', () =>
      Number(mirror.standing.index),
    );
    gauge(
      'mirror_pending_changes',
      'Configs whose last change is not in Redis yet.',
      () => mirror.standing.pendingChanges,
    );
    new Counter({
      ...{ name: `${metricPrefix}mirror_changes_total`, help: 'Changes written to Redis.', registers: [registry] },
      collect() {
        this.reset();
        this.inc(mirror.standing.writtenChanges);
      },
    });
  }
}
