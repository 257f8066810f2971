import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { callOutcomes } from '../common/resilience/circuit';
import { Circuits } from '../common/resilience/circuits';
import { metricPrefix, Metrics } from './metrics';

const standings = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Of what lies outside of the node. Read when metrics are asked for. */
@Injectable()
export class CircuitMetrics {
  constructor({ registry }: Metrics, circuits: Circuits) {
    new Gauge({
      name: `${metricPrefix}circuit_state`,
      help: '0 while calls are made, 1 while one tries whether they can be, 2 while none is made because they failed.',
      labelNames: ['to', 'use'],
      registers: [registry],
      collect() {
        for (const { options, standing } of circuits.all)
          this.set({ to: options.to, use: options.use }, standings[standing]);
      },
    });
    new Counter({
      name: `${metricPrefix}outside_calls_total`,
      help: 'Calls of what lies outside of the node, by how they ended; refused: not made.',
      labelNames: ['to', 'use', 'outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { options, counts } of circuits.all)
          for (const outcome of callOutcomes) this.inc({ to: options.to, use: options.use, outcome }, counts[outcome]);
      },
    });
  }
}
