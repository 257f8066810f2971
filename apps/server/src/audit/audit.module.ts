import { Module } from '@nestjs/common';
import { AuditVerification } from './audit-verification';
import { AuditController } from './audit.controller';
import { AuditService } from './audit.service';

@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditVerification],
})
export class AuditModule {}
