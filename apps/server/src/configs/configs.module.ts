import { Module } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { SchemasModule } from '../schemas/schemas.module';
import { ConfigHistory } from './config-history';
import { ConfigList } from './config-list';
import { ConfigRevisionsController } from './config-revisions.controller';
import { ConfigsController } from './configs.controller';
import { configsFeature } from './configs.feature';
import { ConfigsService } from './configs.service';
import { SchemaChangesController } from './schema-changes.controller';
import { SchemaChangesService } from './schema-changes.service';
import { SchemaImpact } from './schema-impact';

@Module({
  imports: [ConsensusModule.forFeature(configsFeature), SchemasModule],
  controllers: [ConfigsController, ConfigRevisionsController, SchemaChangesController],
  providers: [ConfigsService, ConfigList, ConfigHistory, SchemaChangesService, SchemaImpact],
})
export class ConfigsModule {}
