import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { FastReads } from './fast/fast-reads';
import { SampledReads } from './fast/sampled-reads';
import { PreparedAnswers } from './prepared-answers';
import { ProjectEditions } from './project-editions';
import { ReadEndpoint } from './read-endpoint';
import { ReadController } from './read.controller';
import { ReadService } from './read.service';

@Module({
  imports: [ProjectsModule],
  controllers: [ReadController],
  providers: [ReadEndpoint, ReadService, PreparedAnswers, ProjectEditions, FastReads, SampledReads],
})
export class ReadModule {}
