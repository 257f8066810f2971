import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PageOf, Reads } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { ReadQuery } from '../common/http/read-query';
import type { RequestContext } from '../common/http/request-context';
import { Requires } from '../consensus/access.decorators';
import { AuditVerification } from './audit-verification';
import { AuditDto, AuditQuery, AuditVerificationDto } from './audit.dto';
import { auditReader, auditVerifier } from './audit.permissions';
import { AuditService } from './audit.service';

@ApiTags('Audit')
@ApiBearerAuth()
@Controller('v1/audit')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly verification: AuditVerification,
  ) {}

  @Get()
  @Requires(auditReader)
  @ApiOperation({
    operationId: 'listAuditRecords',
    summary: 'Who changed what',
    description:
      'One record for each command, rejected ones too, newest first. System administrators see all of them; a project administrator sees a project, named with `projectId`.',
  })
  @Reads(PageOf(AuditDto), { list: true, problems: ['forbidden', 'project-not-found'] })
  list(@Query() query: AuditQuery, @Ctx() context: RequestContext) {
    return this.audit.list(query, context);
  }

  @Get('verify')
  @Requires(auditVerifier)
  @ApiOperation({
    operationId: 'verifyAudit',
    summary: 'Check the chain of audit records',
    description:
      "Computes every hash again, from the first record on, and compares the last with the head in the replicated state, so that changed, added and deleted rows all show. Reads this node's own database. System administrators only.",
  })
  @Reads(AuditVerificationDto, { list: true, problems: ['forbidden'] })
  verify(@Query() _query: ReadQuery, @Ctx() context: RequestContext) {
    return this.verification.verify(context.deadline);
  }
}
