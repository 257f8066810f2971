import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Created, Tagged } from '../common/http/answer.interceptor';
import { PageOf, Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { SearchQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { projectRole } from '../roles/roles.permissions';
import { anyUser } from '../users/users.permissions';
import { createProject } from './commands/create-project.command';
import { deleteProject } from './commands/delete-project.command';
import { regenerateApiKey } from './commands/regenerate-api-key.command';
import { updateProject } from './commands/update-project.command';
import { OptionalBody, TakesOptionalBody } from '../common/http/optional-body';
import {
  CreatedProjectDto,
  CreateProjectDto,
  ProjectDto,
  ProjectPermissionsDto,
  RegenerateApiKeyDto,
  RegeneratedApiKeyDto,
  UpdateProjectDto,
} from './projects.dto';
import { ProjectsService } from './projects.service';

@ApiTags('Projects')
@ApiBearerAuth()
@Controller('v1/projects')
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

  @Get()
  @Requires(anyUser)
  @ApiOperation({
    operationId: 'listProjects',
    summary: 'List projects',
    description: 'Those in which you hold a role; all for a system administrator. `q` searches name and description.',
  })
  @Reads(PageOf(ProjectDto), { list: true })
  list(@Query() query: SearchQuery, @Ctx() context: RequestContext) {
    return this.projects.list(query, context);
  }

  @Post()
  @Executes(createProject)
  @Created(({ id }: ProjectDto) => `/v1/projects/${id}`)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'createProject',
    summary: 'Create a project',
    description: 'The answer shows the API key, this once. System administrators only.',
  })
  @Writes(CreatedProjectDto, { status: 201, problems: ['name-taken'] })
  create(@Body() dto: CreateProjectDto, @Ctx() context: RequestContext) {
    return this.projects.create(dto, context);
  }

  @Get(':projectId')
  @Requires(projectRole('viewer'))
  @ApiOperation({ operationId: 'getProject', summary: 'Get a project', description: 'Any member.' })
  @Tagged()
  @Reads(ProjectDto, { tagged: true, problems: ['project-not-found'] })
  get(@Param('projectId') projectId: string, @Ctx() context: RequestContext) {
    return this.projects.get(projectId, context);
  }

  @Patch(':projectId')
  @Executes(updateProject)
  @Tagged()
  @ApiOperation({
    operationId: 'updateProject',
    summary: 'Change a project',
    description: 'Members that are left out stay as they are. Project administrators.',
  })
  @Writes(ProjectDto, { problems: ['project-not-found', 'name-taken', 'version-conflict'] })
  update(@Param('projectId') projectId: string, @Body() dto: UpdateProjectDto, @Ctx() context: RequestContext) {
    return this.projects.update(projectId, dto, context);
  }

  @Delete(':projectId')
  @HttpCode(204)
  @Executes(deleteProject)
  @ApiOperation({
    operationId: 'deleteProject',
    summary: 'Delete a project',
    description:
      'Its configs, roles and API keys go with it; audit records and revisions are kept. System administrators only.',
  })
  @Writes(null, { status: 204, problems: ['project-not-found', 'version-conflict'] })
  delete(@Param('projectId') projectId: string, @Ctx() context: RequestContext) {
    return this.projects.delete(projectId, context);
  }

  @Post(':projectId/api-key/regenerate')
  @HttpCode(200)
  @Executes(regenerateApiKey)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'regenerateApiKey',
    summary: 'Replace the API key of a project',
    description:
      'The old key goes on working for `gracePeriodSeconds`; with 0 (the default) every older key ends at once. Project administrators.',
  })
  @TakesOptionalBody(RegenerateApiKeyDto)
  @Writes(RegeneratedApiKeyDto, { problems: ['project-not-found', 'version-conflict'] })
  regenerateApiKey(
    @Param('projectId') projectId: string,
    @OptionalBody(RegenerateApiKeyDto) dto: object,
    @Ctx() context: RequestContext,
  ) {
    return this.projects.regenerateApiKey(projectId, dto, context);
  }

  @Get(':projectId/permissions')
  @Requires(projectRole('viewer'))
  @ApiOperation({
    operationId: 'getProjectPermissions',
    summary: 'What you may do in a project',
    description: 'Any member. For clients that show only what will work.',
  })
  @Reads(ProjectPermissionsDto, { problems: ['project-not-found'] })
  permissions(@Param('projectId') projectId: string, @Ctx() context: RequestContext) {
    return this.projects.permissions(projectId, context);
  }
}
