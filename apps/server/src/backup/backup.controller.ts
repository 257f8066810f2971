import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { TakesItsTime } from '../common/http/answer.interceptor';
import { ReadsStream, TakesStream } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { systemAdmin } from '../users/users.permissions';
import { BackupDownload } from './backup-download';
import { BackupRestore } from './backup-restore';
import { RestoredDto } from './backup.dto';

@ApiTags('Cluster')
@ApiBearerAuth()
@Controller('v1/cluster')
export class BackupController {
  constructor(
    private readonly download: BackupDownload,
    private readonly upload: BackupRestore,
  ) {}

  @Get('backup')
  @TakesItsTime()
  @Requires(systemAdmin)
  @ApiOperation({
    operationId: 'takeBackup',
    summary: 'Take a backup',
    description:
      'Everything but the members: users, projects, schemas and configs with their whole history and the audit trail, as of X-Config-Index. Any node gives one, one at a time. System administrators.',
  })
  @ReadsStream('application/gzip', {
    description: 'A gzip of lines of JSON that ends with a checksum. One that breaks off has no end.',
    headers: {
      'Content-Disposition': 'A name for the file.',
      'X-State-Hash': 'Of the state in it; a restore answers with the same.',
    },
  })
  backup(@Res() response: Response, @Ctx() context: RequestContext) {
    return this.download.send(response, context);
  }

  @Post('restore')
  @HttpCode(200)
  @TakesItsTime()
  @Executes({ requires: systemAdmin })
  @ApiOperation({
    operationId: 'restoreBackup',
    summary: 'Restore a backup',
    description:
      'Into a new cluster of one node in which nobody has made anything. The backup is checked to its end before anything is touched; then the node answers 503 for a moment. Users and passwords are those of the backup afterwards. System administrators.',
  })
  @TakesStream('application/gzip', RestoredDto, { problems: ['cluster-not-empty', 'backup-invalid'] })
  restore(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    return this.upload.restore(request, response);
  }
}
