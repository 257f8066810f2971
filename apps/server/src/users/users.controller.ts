import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PageOf, Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { SearchQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Created, Tagged } from '../common/http/answer.interceptor';
import { Executes, Requires } from '../consensus/access.decorators';
import { createUser } from './commands/create-user.command';
import { deleteUser } from './commands/delete-user.command';
import { updateUser } from './commands/update-user.command';
import { CreateUserDto, UpdateUserDto, UserDto } from './users.dto';
import { selfOrSystemAdmin, systemAdmin } from './users.permissions';
import { UsersService } from './users.service';

@ApiTags('Users')
@ApiBearerAuth()
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Requires(systemAdmin)
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'List users',
    description: '`q` searches e-mail and name. System administrators only.',
  })
  @Reads(PageOf(UserDto), { list: true, problems: ['forbidden'] })
  list(@Query() query: SearchQuery) {
    return this.users.list(query);
  }

  @Post()
  @Executes(createUser)
  @Created((user: UserDto) => `/v1/users/${user.id}`)
  @ApiOperation({ operationId: 'createUser', summary: 'Create a user', description: 'System administrators only.' })
  @Writes(UserDto, { status: 201, problems: ['email-taken'] })
  create(@Body() dto: CreateUserDto, @Ctx() context: RequestContext) {
    return this.users.create(dto, context);
  }

  @Get(':userId')
  @Requires(selfOrSystemAdmin)
  @Tagged()
  @ApiOperation({
    operationId: 'getUser',
    summary: 'Get a user',
    description: 'The user concerned or a system administrator.',
  })
  @Reads(UserDto, { tagged: true, problems: ['forbidden', 'user-not-found'] })
  get(@Param('userId') userId: string) {
    return this.users.get(userId);
  }

  @Patch(':userId')
  @Executes(updateUser)
  @Tagged()
  @ApiOperation({
    operationId: 'updateUser',
    summary: 'Change a user',
    description: 'Members that are left out stay as they are.',
  })
  @Writes(UserDto, {
    problems: ['email-taken', 'user-not-found', 'last-admin', 'invalid-credentials', 'version-conflict'],
  })
  update(@Param('userId') userId: string, @Body() dto: UpdateUserDto, @Ctx() context: RequestContext) {
    return this.users.update(userId, dto, context);
  }

  @Delete(':userId')
  @HttpCode(204)
  @Executes(deleteUser)
  @ApiOperation({
    operationId: 'deleteUser',
    summary: 'Delete a user',
    description: 'Roles and logins go with the user. Never the last system administrator.',
  })
  @Writes(null, { status: 204, problems: ['user-not-found', 'last-admin', 'version-conflict'] })
  delete(@Param('userId') userId: string, @Ctx() context: RequestContext) {
    return this.users.delete(userId, context);
  }
}
