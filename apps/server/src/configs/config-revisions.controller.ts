import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Tagged } from '../common/http/answer.interceptor';
import { PageOf, Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { PageQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { projectRole } from '../roles/roles.permissions';
import { ExpectedVersionQuery } from '../schemas/expected-version';
import { WholeNumberPipe } from '../schemas/whole-number.pipe';
import { rollbackConfig } from './commands/rollback-config.command';
import { ConfigHistory } from './config-history';
import { DiffDto, DiffQuery, RevisionDto, RollbackDto } from './config-revisions.dto';
import { ConfigDto } from './configs.dto';
import { ConfigsService } from './configs.service';

@ApiTags('Configs')
@ApiBearerAuth()
@Controller('v1/projects/:projectId/configs/:key')
export class ConfigRevisionsController {
  constructor(
    private readonly configs: ConfigsService,
    private readonly history: ConfigHistory,
  ) {}

  @Get('revisions')
  @Requires(projectRole('viewer'))
  @ApiOperation({
    operationId: 'listRevisions',
    summary: 'List the revisions of a config',
    description: 'Newest first, also after deletion. Members of the project.',
  })
  @Reads(PageOf(RevisionDto), { list: true, problems: ['project-not-found', 'config-not-found'] })
  list(
    @Param('projectId') projectId: string,
    @Param('key') key: string,
    @Query() query: PageQuery,
    @Ctx() context: RequestContext,
  ) {
    return this.history.list(projectId, key, query, context);
  }

  @Get('revisions/:version')
  @Requires(projectRole('viewer'))
  @ApiOperation({
    operationId: 'getRevision',
    summary: 'Get one revision of a config',
    description: 'Also after deletion. Members of the project.',
  })
  @Reads(RevisionDto, { problems: ['project-not-found', 'config-not-found', 'revision-not-found'] })
  get(
    @Param('projectId') projectId: string,
    @Param('key') key: string,
    @Param('version', WholeNumberPipe) version: number,
    @Ctx() context: RequestContext,
  ) {
    return this.history.get(projectId, key, version, context);
  }

  @Get('diff')
  @Requires(projectRole('viewer'))
  @ApiOperation({
    operationId: 'diffRevisions',
    summary: 'Compare two versions of a config',
    description:
      'As a JSON Patch (RFC 6902) and as a list of changes. An object or array within which too much changed (10,000 changes, or more than MAX_RESPONSE_BYTES) is one replacement. A deletion has no content to compare. Members of the project.',
  })
  @Reads(DiffDto, { list: true, problems: ['project-not-found', 'config-not-found', 'revision-not-found'] })
  diff(
    @Param('projectId') projectId: string,
    @Param('key') key: string,
    @Query() query: DiffQuery,
    @Ctx() context: RequestContext,
  ) {
    return this.history.diff(projectId, key, query, context);
  }

  @Post('rollback')
  @HttpCode(200)
  @Executes(rollbackConfig)
  @Tagged()
  @ApiOperation({
    operationId: 'rollbackConfig',
    summary: 'Bring an old content back',
    description:
      "Makes a new version with the content of `targetVersion`, checked against the config's schema as it is now. Needs `expectedVersion` or If-Match. Project administrators.",
  })
  @Writes(ConfigDto, {
    problems: [
      'project-not-found',
      'config-not-found',
      'revision-not-found',
      'version-required',
      'version-conflict',
      'content-invalid',
      'validation-cut-off',
    ],
  })
  rollback(
    @Param('projectId') projectId: string,
    @Param('key') key: string,
    @Body() dto: RollbackDto,
    @Query() query: ExpectedVersionQuery,
    @Ctx() context: RequestContext,
  ) {
    return this.configs.rollback(projectId, key, dto, query, context);
  }
}
