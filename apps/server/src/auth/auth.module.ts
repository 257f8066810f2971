import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { ThrottlerModule } from '@nestjs/throttler';
import { ENVIRONMENT } from '../common/env';
import { ConsensusModule } from '../consensus/consensus.module';
import { RequestLimits } from '../limits/request-limits';
import { UsersModule } from '../users/users.module';
import { AccessTokenSecrets } from './access-token-secrets';
import { AccessTokens } from './access-tokens';
import { AuthController } from './auth.controller';
import { authFeature } from './auth.feature';
import { AuthService } from './auth.service';
import { ExpiredSessions } from './expired-sessions';
import { JwtAuthentication } from './jwt-authentication';
import { JwtStrategy } from './jwt.strategy';
import { SessionsController } from './sessions.controller';
import { SessionsService } from './sessions.service';
import { UserLimitGuard, userThrottling } from './user-limit.guard';

@Module({
  imports: [
    ConsensusModule.forFeature(authFeature),
    JwtModule.register({}),
    ThrottlerModule.forRootAsync({ useFactory: userThrottling, inject: [RequestLimits, ENVIRONMENT] }),
    UsersModule,
  ],
  controllers: [AuthController, SessionsController],
  providers: [
    AccessTokenSecrets,
    AccessTokens,
    AuthService,
    ExpiredSessions,
    JwtAuthentication,
    JwtStrategy,
    SessionsService,
    UserLimitGuard,
  ],
  exports: [JwtAuthentication, UserLimitGuard],
})
export class AuthModule {}
