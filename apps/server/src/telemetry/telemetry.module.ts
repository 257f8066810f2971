import { Module } from '@nestjs/common';
import { ClusterModule } from '../cluster/cluster.module';
import { CommandMetrics } from './command-metrics';
import { HttpMetrics } from './http-metrics';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RaftMetrics } from './raft-metrics';

@Module({
  imports: [ClusterModule],
  controllers: [MetricsController],
  providers: [Metrics, HttpMetrics, RaftMetrics, CommandMetrics],
})
export class TelemetryModule {}
