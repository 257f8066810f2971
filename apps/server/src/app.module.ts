import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import { join } from 'node:path';
import { AuditModule } from './audit/audit.module';
import { AccessGuard } from './auth/access.guard';
import { AuthModule } from './auth/auth.module';
import { BackupModule } from './backup/backup.module';
import { ClusterModule } from './cluster/cluster.module';
import { EnvironmentModule } from './common/environment.module';
import type { Environment } from './common/env';
import { AnswerInterceptor } from './common/http/answer.interceptor';
import { ProblemDetailsFilter } from './common/http/problem-details.filter';
import { loggerModule } from './common/logger';
import { ProblemsController } from './common/problems.controller';
import { ConfigsModule } from './configs/configs.module';
import { ConsensusModule } from './consensus/consensus.module';
import type { ConsensusOptions } from './consensus/consensus.options';
import { ConsensusService } from './consensus/consensus.service';
import { isTransient } from './database/transient-error';
import { HealthModule } from './health/health.module';
import { LimitsModule } from './limits/limits.module';
import { MirrorModule } from './mirror/mirror.module';
import { ProjectsModule } from './projects/projects.module';
import { ReadModule } from './read/read.module';
import { RedisModule } from './redis/redis.module';
import { RolesModule } from './roles/roles.module';
import { SchemasModule } from './schemas/schemas.module';
import { TelemetryModule } from './telemetry/telemetry.module';
import { UsersModule } from './users/users.module';

export interface AppOptions {
  readonly environment: Environment;
  readonly onFatal: (error: Error) => void;
  readonly log?: ConsensusOptions['log'];
  readonly windowLength?: ConsensusOptions['windowLength'];
}

/** Express tries one route after the other, in this order: first what is asked most. */
const features = [
  HealthModule,
  ReadModule,
  ConfigsModule,
  SchemasModule,
  ProjectsModule,
  RolesModule,
  AuthModule,
  UsersModule,
  AuditModule,
  ClusterModule,
  MirrorModule,
  BackupModule,
  TelemetryModule,
];

/** The composition root: every module, and what runs around every handler. */
@Module({})
export class AppModule {
  static with({ environment, onFatal, log, windowLength }: AppOptions): DynamicModule {
    const { nodeId, dataDir, heartbeatMs, electionMs } = environment;
    return {
      module: AppModule,
      imports: [
        EnvironmentModule.with(environment),
        loggerModule(environment.logLevel, environment.otlpEndpoint !== null),
        RedisModule,
        LimitsModule,
        ConsensusModule.forRoot({
          nodeId,
          logDirectory: join(dataDir, 'log'),
          snapshotsDirectory: join(dataDir, 'snapshots'),
          timing: { heartbeatMs, electionMs },
          onFatal,
          log,
          windowLength,
        }),
        ...features,
      ],
      controllers: [ProblemsController],
      providers: [
        {
          provide: APP_FILTER,
          useFactory: (log: PinoLogger) => new ProblemDetailsFilter(log, isTransient),
          inject: [PinoLogger],
        },
        { provide: APP_GUARD, useClass: AccessGuard },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (reflector: Reflector, consensus: ConsensusService) =>
            new AnswerInterceptor(
              reflector,
              () => consensus.appliedIndex,
              () => consensus.stateAgeMs,
            ),
          inject: [Reflector, ConsensusService],
        },
      ],
    };
  }
}
