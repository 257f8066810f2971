import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Created, Tagged } from '../common/http/answer.interceptor';
import { PageOf, Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { PageQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { changeRole } from './commands/change-role.command';
import { grantRole } from './commands/grant-role.command';
import { revokeRole } from './commands/revoke-role.command';
import { ChangeRoleDto, GrantRoleDto, RoleDto } from './roles.dto';
import { projectRole } from './roles.permissions';
import { RolesService } from './roles.service';

@ApiTags('Roles')
@ApiBearerAuth()
@Controller('v1/projects/:projectId/roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @Requires(projectRole('viewer'))
  @ApiOperation({ operationId: 'listRoles', summary: 'List the members of a project', description: 'Any member.' })
  @Reads(PageOf(RoleDto), { list: true, problems: ['project-not-found'] })
  list(@Param('projectId') projectId: string, @Query() query: PageQuery) {
    return this.roles.list(projectId, query);
  }

  @Post()
  @Executes(grantRole)
  @Created(({ projectId, userId }: RoleDto) => `/v1/projects/${projectId}/roles/${userId}`)
  @ApiOperation({
    operationId: 'grantRole',
    summary: 'Give a user a role in a project',
    description: 'The user is named by `userId` or by `email`. Project administrators.',
  })
  @Writes(RoleDto, { status: 201, problems: ['project-not-found', 'user-not-found', 'role-exists'] })
  grant(@Param('projectId') projectId: string, @Body() dto: GrantRoleDto, @Ctx() context: RequestContext) {
    return this.roles.grant(projectId, dto, context);
  }

  @Patch(':userId')
  @Executes(changeRole)
  @Tagged()
  @ApiOperation({
    operationId: 'changeRole',
    summary: 'Change the role of a user in a project',
    description: 'Project administrators.',
  })
  @Writes(RoleDto, { problems: ['project-not-found', 'role-not-found', 'version-conflict'] })
  change(
    @Param('projectId') projectId: string,
    @Param('userId') userId: string,
    @Body() { role }: ChangeRoleDto,
    @Ctx() context: RequestContext,
  ) {
    return this.roles.change(projectId, userId, role, context);
  }

  @Delete(':userId')
  @HttpCode(204)
  @Executes(revokeRole)
  @ApiOperation({
    operationId: 'revokeRole',
    summary: 'Take the role of a user in a project away',
    description: 'It ends at once. Project administrators.',
  })
  @Writes(null, { status: 204, problems: ['project-not-found', 'role-not-found', 'version-conflict'] })
  revoke(@Param('projectId') projectId: string, @Param('userId') userId: string, @Ctx() context: RequestContext) {
    return this.roles.revoke(projectId, userId, context);
  }
}
