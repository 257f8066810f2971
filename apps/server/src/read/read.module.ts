import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { DomainEvents } from '../consensus/domain-events';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { FastReads } from './fast/fast-reads';
import { FastWatches } from './fast/fast-watches';
import { NodeReadSource } from './fast/node-read-source';
import { fastReadSettings } from './fast/plain-requests';
import { SampledReads } from './fast/sampled-reads';
import { PreparedAnswers } from './prepared-answers';
import { ProjectEditions } from './project-editions';
import { ReadAdmission } from './read-admission';
import { ReadEndpoint } from './read-endpoint';
import { ReadLimit } from './read-limit';
import { ReadController } from './read.controller';
import { ReadService } from './read.service';
import { ReadFeed } from './workers/read-feed';
import { ReadWorkers } from './workers/read-workers';
import { ChangeRing } from './watch/change-ring';
import { WaitingReads } from './watch/waiting-reads';
import { WatchEndpoint } from './watch/watch-endpoint';
import { WatchController } from './watch/watch.controller';
import { WatchStreams } from './watch/watch-streams';
import { Watchers } from './watch/watchers';

@Module({
  imports: [ProjectsModule],
  controllers: [ReadController, WatchController],
  providers: [
    ReadAdmission,
    ReadLimit,
    ReadEndpoint,
    ReadService,
    PreparedAnswers,
    ProjectEditions,
    NodeReadSource,
    SampledReads,
    {
      provide: FastReads,
      useFactory: (
        source: NodeReadSource,
        prepared: PreparedAnswers,
        reads: SampledReads,
        limit: ReadLimit,
        environment: Environment,
      ) => new FastReads(source, prepared, reads, limit, fastReadSettings(environment)),
      inject: [NodeReadSource, PreparedAnswers, SampledReads, ReadLimit, ENVIRONMENT],
    },
    FastWatches,
    ReadFeed,
    ReadWorkers,
    WatchEndpoint,
    WatchStreams,
    Watchers,
    WaitingReads,
    { provide: ChangeRing, useFactory: ChangeRing.fedBy, inject: [DomainEvents] },
  ],
  exports: [ReadWorkers, Watchers],
})
export class ReadModule {}
