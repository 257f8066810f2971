import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PageOf, Reads } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { PageQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { anyUser } from '../users/users.permissions';
import { CredentialProblems } from './auth.docs';
import { EndSessionsDto, SessionDto } from './sessions.dto';
import { SessionsService } from './sessions.service';

@ApiTags('Authentication')
@ApiBearerAuth()
@Controller('v1/auth/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Requires(anyUser)
  @ApiOperation({ operationId: 'listSessions', summary: 'List your logins', description: 'Those that have not ended.' })
  @Reads(PageOf(SessionDto), { list: true })
  list(@Query() query: PageQuery, @Ctx() context: RequestContext) {
    return this.sessions.list(query, context);
  }

  @Post('end')
  @Executes({ requires: anyUser })
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endSessions',
    summary: 'End your logins',
    description: 'One of them or all, with the password once more. One that has ended already is no mistake.',
  })
  @ApiResponse({ status: 204, description: 'Done' })
  @CredentialProblems('unauthenticated', 'token-expired', 'invalid-credentials')
  end(@Body() dto: EndSessionsDto, @Ctx() context: RequestContext) {
    return this.sessions.end(dto, context);
  }
}
