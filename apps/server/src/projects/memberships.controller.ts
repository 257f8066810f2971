import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PageOf, Reads } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { PageQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Requires } from '../consensus/access.decorators';
import { anyUser, selfOrSystemAdmin } from '../users/users.permissions';
import { MembershipsService } from './memberships.service';
import { MeDto, ProjectRoleDto } from './projects.dto';

@ApiBearerAuth()
@Controller('v1')
export class MembershipsController {
  constructor(private readonly memberships: MembershipsService) {}

  @Get('auth/me')
  @Requires(anyUser)
  @ApiTags('Authentication')
  @ApiOperation({ operationId: 'getMe', summary: 'Who you are', description: 'Your user with your roles.' })
  @Reads(MeDto)
  me(@Ctx() context: RequestContext) {
    return this.memberships.me(context);
  }

  @Get('users/:userId/roles')
  @Requires(selfOrSystemAdmin)
  @ApiTags('Users')
  @ApiOperation({
    operationId: 'listRolesOfUser',
    summary: 'List the roles of a user',
    description: 'The user concerned or a system administrator.',
  })
  @Reads(PageOf(ProjectRoleDto), { list: true, problems: ['forbidden', 'user-not-found'] })
  list(@Param('userId') userId: string, @Query() query: PageQuery) {
    return this.memberships.list(userId, query);
  }
}
