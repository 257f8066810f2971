import { Module } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { ApiKeyAuthentication } from './api-key-authentication';
import { ApiKeyStrategy } from './api-key.strategy';
import { ApiKeys } from './api-keys';
import { ExpiringApiKeys } from './expiring-api-keys';
import { MembershipsController } from './memberships.controller';
import { MembershipsService } from './memberships.service';
import { ProjectsController } from './projects.controller';
import { projectsFeature } from './projects.feature';
import { ProjectsService } from './projects.service';

@Module({
  imports: [ConsensusModule.forFeature(projectsFeature)],
  controllers: [ProjectsController, MembershipsController],
  providers: [ApiKeyAuthentication, ApiKeys, ApiKeyStrategy, ExpiringApiKeys, MembershipsService, ProjectsService],
  exports: [ApiKeyAuthentication, ApiKeys],
})
export class ProjectsModule {}
