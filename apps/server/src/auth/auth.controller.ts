import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Created } from '../common/http/answer.interceptor';
import { Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Public } from '../consensus/access.decorators';
import { createUser } from '../users/commands/create-user.command';
import { CreateUserDto, UserDto } from '../users/users.dto';
import { UsersService } from '../users/users.service';
import { CredentialProblems, NoStore } from './auth.docs';
import { LoggedInDto, LoginDto, RefreshTokenDto, TokenPairDto } from './auth.dto';
import { AuthService } from './auth.service';

@ApiTags('Authentication')
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly users: UsersService,
  ) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  @NoStore()
  @ApiOperation({
    operationId: 'login',
    summary: 'Log in',
    description:
      'E-mail and password for a pair of tokens. Failures are limited for each account, each address, and each account from one address.',
  })
  @ApiResponse({ status: 200, type: LoggedInDto, description: 'OK' })
  @CredentialProblems('invalid-credentials')
  login(@Body() dto: LoginDto, @Ctx() context: RequestContext) {
    return this.auth.login(dto, context);
  }

  @Post('refresh')
  @Public()
  @HttpCode(200)
  @NoStore()
  @ApiOperation({
    operationId: 'refreshTokens',
    summary: 'Exchange a refresh token for a new pair',
    description: 'A refresh token works once. Seen twice it may have been stolen: the whole login ends.',
  })
  @ApiResponse({ status: 200, type: TokenPairDto, description: 'OK' })
  @CredentialProblems('unauthenticated', 'token-expired', 'token-reused')
  refresh(@Body() { refreshToken }: RefreshTokenDto, @Ctx() context: RequestContext) {
    return this.auth.refresh(refreshToken, context);
  }

  @Post('logout')
  @Public()
  @HttpCode(204)
  @ApiOperation({
    operationId: 'logout',
    summary: 'Log out',
    description: 'Ends the login that the refresh token belongs to. A login that has ended already is no mistake.',
  })
  @ApiResponse({ status: 204, description: 'Done' })
  @CredentialProblems()
  logout(@Body() { refreshToken }: RefreshTokenDto, @Ctx() context: RequestContext) {
    return this.auth.logout(refreshToken, context);
  }

  @Post('register')
  @ApiBearerAuth()
  @Executes(createUser)
  @Created((user: UserDto) => `/v1/users/${user.id}`)
  @ApiOperation({
    operationId: 'registerUser',
    summary: 'Create a user',
    description: 'The same as POST /v1/users. System administrators only.',
  })
  @Writes(UserDto, { status: 201, problems: ['email-taken'] })
  register(@Body() dto: CreateUserDto, @Ctx() context: RequestContext) {
    return this.users.create(dto, context);
  }
}
