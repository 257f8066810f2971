import { Module } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { CredentialCheck } from './credential-check';
import { FirstAdmin } from './first-admin';
import { PasswordRules } from './password-rules';
import { PasswordWork } from './password-work';
import { SecurityNotices } from './security-notices';
import { UsersController } from './users.controller';
import { usersFeature } from './users.feature';
import { UsersService } from './users.service';

@Module({
  imports: [ConsensusModule.forFeature(usersFeature)],
  controllers: [UsersController],
  providers: [UsersService, CredentialCheck, FirstAdmin, PasswordRules, PasswordWork, SecurityNotices],
  exports: [UsersService, CredentialCheck, SecurityNotices],
})
export class UsersModule {}
