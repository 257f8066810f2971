import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Created, Tagged } from '../common/http/answer.interceptor';
import { PageOf, Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { OptionalBody } from '../common/http/optional-body';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { projectRole } from '../roles/roles.permissions';
import { bodyProblems } from '../schemas/body-problems';
import { ExpectedVersionBody, ExpectedVersionQuery } from '../schemas/expected-version';
import type { MaySayVersion } from '../schemas/expected-version';
import { ContentDto, VerdictDto } from '../schemas/schemas.dto';
import { createConfig } from './commands/create-config.command';
import { deleteConfig } from './commands/delete-config.command';
import { updateConfig } from './commands/update-config.command';
import { ConfigList } from './config-list';
import { ConfigDto, ConfigItemDto, CreateConfigDto, ListConfigsQuery, UpdateConfigDto } from './configs.dto';
import { ConfigsService } from './configs.service';

@ApiTags('Configs')
@ApiBearerAuth()
@Controller('v1/projects/:projectId/configs')
export class ConfigsController {
  constructor(
    private readonly configs: ConfigsService,
    private readonly configList: ConfigList,
  ) {}

  @Get()
  @Requires(projectRole('viewer'))
  @ApiOperation({
    operationId: 'listConfigs',
    summary: 'List the configs of a project',
    description:
      'In the order of the keys, without content unless `include=content`. `q` looks for a text in keys and in the canonical text of the contents; a search over many configs sees each as it is when its turn comes. Members of the project.',
  })
  @Reads(PageOf(ConfigItemDto), { list: true, problems: ['project-not-found'] })
  list(@Param('projectId') projectId: string, @Query() query: ListConfigsQuery, @Ctx() context: RequestContext) {
    return this.configList.list(projectId, query, context);
  }

  @Post()
  @Executes(createConfig)
  @Created(({ projectId, key }: ConfigDto) => `/v1/projects/${projectId}/configs/${key}`)
  @ApiOperation({
    operationId: 'createConfig',
    summary: 'Create a config',
    description:
      'The content is checked against the schema. A key that was deleted goes on with the next version. Project administrators.',
  })
  @Writes(ConfigDto, {
    status: 201,
    problems: ['project-not-found', 'schema-not-found', 'key-taken', 'content-invalid', 'validation-cut-off'],
  })
  create(@Param('projectId') projectId: string, @Body() dto: CreateConfigDto, @Ctx() context: RequestContext) {
    return this.configs.create(projectId, dto, context);
  }

  @Get(':key')
  @Requires(projectRole('viewer'))
  @Tagged()
  @ApiOperation({ operationId: 'getConfig', summary: 'Get a config', description: 'Members of the project.' })
  @Reads(ConfigDto, { tagged: true, problems: ['project-not-found', 'config-not-found'] })
  get(@Param('projectId') projectId: string, @Param('key') key: string) {
    return this.configs.get(projectId, key);
  }

  @Put(':key')
  @Executes(updateConfig)
  @Tagged()
  @ApiOperation({
    operationId: 'updateConfig',
    summary: 'Change a config',
    description:
      'Takes the next version. Needs `expectedVersion` or If-Match, so that no change of somebody else is lost. Editors of the project; another `schemaId` needs a project administrator.',
  })
  @Writes(ConfigDto, {
    problems: [
      'project-not-found',
      'config-not-found',
      'schema-not-found',
      'version-required',
      'version-conflict',
      'content-invalid',
      'validation-cut-off',
    ],
  })
  update(
    @Param('projectId') projectId: string,
    @Param('key') key: string,
    @Body() dto: UpdateConfigDto,
    @Query() query: ExpectedVersionQuery,
    @Ctx() context: RequestContext,
  ) {
    return this.configs.update(projectId, key, dto, query, context);
  }

  @Delete(':key')
  @HttpCode(204)
  @Executes(deleteConfig)
  @ApiOperation({
    operationId: 'deleteConfig',
    summary: 'Delete a config',
    description:
      'The deletion takes the next version; all revisions stay readable. `expectedVersion` may also be in a JSON body. Project administrators.',
  })
  @Writes(null, { status: 204, problems: ['project-not-found', 'config-not-found', 'version-conflict'] })
  delete(
    @Param('projectId') projectId: string,
    @Param('key') key: string,
    @Query() query: ExpectedVersionQuery,
    @OptionalBody(ExpectedVersionBody) body: MaySayVersion,
    @Ctx() context: RequestContext,
  ) {
    return this.configs.delete(projectId, key, body, query, context);
  }

  @Post(':key/validate')
  @HttpCode(200)
  @Requires(projectRole('viewer'))
  @ApiOperation({
    operationId: 'validateConfig',
    summary: 'Check a content before applying it',
    description: "Against the config's schema as it is now. Writes nothing. Members of the project.",
  })
  @Reads(VerdictDto, { problems: [...bodyProblems, 'project-not-found', 'config-not-found', 'validation-cut-off'] })
  validate(@Param('projectId') projectId: string, @Param('key') key: string, @Body() dto: ContentDto) {
    return this.configs.validate(projectId, key, dto.content);
  }
}
