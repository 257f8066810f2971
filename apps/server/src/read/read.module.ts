import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { DomainEvents } from '../consensus/domain-events';
import { FastReads } from './fast/fast-reads';
import { SampledReads } from './fast/sampled-reads';
import { PreparedAnswers } from './prepared-answers';
import { ProjectEditions } from './project-editions';
import { ReadAdmission } from './read-admission';
import { ReadEndpoint } from './read-endpoint';
import { ReadController } from './read.controller';
import { ReadService } from './read.service';
import { ChangeRing } from './watch/change-ring';
import { WaitingReads } from './watch/waiting-reads';
import { WatchEndpoint } from './watch/watch-endpoint';
import { WatchController } from './watch/watch.controller';
import { Watchers } from './watch/watchers';

@Module({
  imports: [ProjectsModule],
  controllers: [ReadController, WatchController],
  providers: [
    ReadAdmission,
    ReadEndpoint,
    ReadService,
    PreparedAnswers,
    ProjectEditions,
    FastReads,
    SampledReads,
    WatchEndpoint,
    Watchers,
    WaitingReads,
    { provide: ChangeRing, useFactory: ChangeRing.fedBy, inject: [DomainEvents] },
  ],
  exports: [Watchers],
})
export class ReadModule {}
