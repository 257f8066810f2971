import { Module } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { RolesController } from './roles.controller';
import { rolesFeature } from './roles.feature';
import { RolesService } from './roles.service';

@Module({
  imports: [ConsensusModule.forFeature(rolesFeature)],
  controllers: [RolesController],
  providers: [RolesService],
})
export class RolesModule {}
