import { Module } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { SchemaChecks } from './schema-checks';
import { SchemasController } from './schemas.controller';
import { schemasFeature } from './schemas.feature';
import { SchemasService } from './schemas.service';
import { SchemaValidator } from './validation/schema-validator';

@Module({
  imports: [ConsensusModule.forFeature(schemasFeature)],
  controllers: [SchemasController],
  providers: [SchemaValidator, SchemaChecks, SchemasService],
  exports: [SchemaValidator, SchemaChecks],
})
export class SchemasModule {}
