import { Module } from '@nestjs/common';
import { ClusterModule } from '../cluster/cluster.module';
import { MirrorModule } from '../mirror/mirror.module';
import { ReadModule } from '../read/read.module';
import { CircuitMetrics } from './circuit-metrics';
import { CertificateMetrics } from './certificate-metrics';
import { CommandMetrics } from './command-metrics';
import { HttpMetrics } from './http-metrics';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { MirrorMetrics } from './mirror-metrics';
import { RaftMetrics } from './raft-metrics';
import { ReadWorkerMetrics } from './read-worker-metrics';
import { MetricsPush } from './metrics-push';
import { NodeMetrics } from './node-metrics';
import { TracingEnd } from './tracing/tracing-end';
import { WatchMetrics } from './watch-metrics';

@Module({
  imports: [ClusterModule, MirrorModule, ReadModule],
  controllers: [MetricsController],
  providers: [
    Metrics,
    HttpMetrics,
    RaftMetrics,
    CertificateMetrics,
    CommandMetrics,
    CircuitMetrics,
    MirrorMetrics,
    ReadWorkerMetrics,
    WatchMetrics,
    TracingEnd,
    NodeMetrics,
    MetricsPush,
  ],
})
export class TelemetryModule {}
