import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Certificates } from '../common/tls/certificates';
import { metricPrefix, Metrics } from './metrics';

/** When what this node shows expires, the first certificate of each chain, and whether a new one was refused. */
@Injectable()
export class CertificateMetrics {
  constructor(metrics: Metrics, certificates: Certificates) {
    new Gauge({
      name: `${metricPrefix}certificate_expiry_seconds`,
      help: 'When the certificate expires, in seconds since 1970: the first of its chain. None where TLS is not used.',
      labelNames: ['use'],
      registers: [metrics.registry],
      collect() {
        for (const use of ['api', 'peers'] as const) {
          const expiresAt = certificates[use]?.expiresAt;
          if (expiresAt !== undefined) this.set({ use }, expiresAt / 1000);
        }
      },
    });
    new Gauge({
      name: `${metricPrefix}certificate_refused`,
      help: '1 while the files of the certificate hold what cannot be used, so that the one before is shown. None where TLS is not used.',
      labelNames: ['use'],
      registers: [metrics.registry],
      collect() {
        for (const use of ['api', 'peers'] as const) {
          const isRefused = certificates[use]?.isRefused;
          if (isRefused !== undefined) this.set({ use }, Number(isRefused));
        }
      },
    });
  }
}
