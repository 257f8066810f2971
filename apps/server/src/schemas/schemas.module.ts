import { Module } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { SchemaChecks } from './schema-checks';
import { SchemasController } from './schemas.controller';
import { schemasFeature } from './schemas.feature';
import { SchemasService } from './schemas.service';
import { SchemaValidator } from './validation/schema-validator';

@Module({
  imports: [ConsensusModule.forFeature(schemasFeature)],
  controllers: [SchemasController],
  providers: [{ provide: SchemaValidator, useFactory: () => new SchemaValidator() }, SchemaChecks, SchemasService],
  exports: [SchemaValidator, SchemaChecks],
})
export class SchemasModule implements OnModuleDestroy {
  constructor(private readonly validator: SchemaValidator) {}

  /** Its threads would keep the process alive. */
  async onModuleDestroy(): Promise<void> {
    await this.validator.close();
  }
}
