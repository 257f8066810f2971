import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { ConsensusModule } from '../consensus/consensus.module';
import { UsersModule } from '../users/users.module';
import { AccessTokenSecrets } from './access-token-secrets';
import { AccessTokens } from './access-tokens';
import { AuthController } from './auth.controller';
import { authFeature } from './auth.feature';
import { AuthService } from './auth.service';
import { CredentialCheck } from '../users/credential-check';
import { ExpiredSessions } from './expired-sessions';
import { JwtAuthentication } from './jwt-authentication';
import { JwtStrategy } from './jwt.strategy';

@Module({
  imports: [ConsensusModule.forFeature(authFeature), JwtModule.register({}), UsersModule],
  controllers: [AuthController],
  providers: [
    AccessTokenSecrets,
    AccessTokens,
    AuthService,
    CredentialCheck,
    ExpiredSessions,
    JwtAuthentication,
    JwtStrategy,
  ],
  exports: [JwtAuthentication],
})
export class AuthModule {}
