import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { say } from '../common/say';
import { WrongSetting } from '../common/setting';
import { keptSecret, secretFile } from '../common/secret-file';
import { ConsensusService } from '../consensus/consensus.service';
import type { LeaderDuty } from '../consensus/leader-duties';
import { LeaderDuties } from '../consensus/leader-duties';
import { createFirstAdmin } from './commands/create-first-admin.command';
import { hashPassword } from './password';
import { PasswordRules } from './password-rules';
import { normalizeEmail } from './user.rules';
import { users } from './users.table';

/** As ADMIN_PASSWORD demands. */
const shortestPassword = 8;
const strictly = 'with AUTH_RULES=strict 12 to 128 characters, and none of the most common ones';
const passwordFile = (dataDir: string): string => join(dataDir, 'admin-password');

/** The first leader of an empty cluster makes the first administrator. */
@Injectable()
export class FirstAdmin implements LeaderDuty, OnModuleInit {
  readonly name = 'create the first administrator';

  constructor(
    private readonly consensus: ConsensusService,
    private readonly duties: LeaderDuties,
    private readonly passwords: PasswordRules,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {
    // Once the node runs, a duty that fails is only tried again.
    if (environment.adminPassword === null) keptSecret(passwordFile(environment.dataDir), shortestPassword);
  }

  async onModuleInit(): Promise<void> {
    const { adminPassword } = this.environment;
    const fault = adminPassword === null ? undefined : await this.passwords.faultOf(adminPassword);
    if (fault !== undefined) throw new WrongSetting('ADMIN_PASSWORD', `what ${fault}`, strictly);
    this.duties.register(this);
  }

  async perform(): Promise<void> {
    if (this.consensus.state.of(users).size > 0) return;
    const { adminEmail, adminPassword, authRules, dataDir, passwordPeppers } = this.environment;
    // One that was generated would stay for good.
    if (adminPassword === null && authRules === 'strict')
      throw new WrongSetting('ADMIN_PASSWORD', 'no value', strictly);
    // The file is written before the command: a crash between the two leaves a password that will be used, not a lost one.
    const password =
      adminPassword ?? secretFile(passwordFile(dataDir), shortestPassword, () => randomBytes(18).toString('base64url'));
    await this.consensus.executeAsSystem(createFirstAdmin, {
      userId: randomUUID(),
      email: normalizeEmail(adminEmail),
      passwordHash: await hashPassword(password, passwordPeppers ?? []),
    });
    if (adminPassword === null && process.stdout.isTTY) {
      say(process.stdout, `\n  First administrator: ${adminEmail}\n  Password (shown this once): ${password}\n\n`);
    }
  }
}
