import { Inject, Injectable } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { reject } from '../common/rejected';

const shortest = 12;

/** What nobody may take for a password with AUTH_RULES=strict. No rule about kinds of characters: NIST SP 800-63B, 5.1.1.2. */
@Injectable()
export class PasswordRules {
  constructor(@Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'authRules'>) {}

  /** Rejects `validation-failed`. */
  async require(password: string): Promise<void> {
    const message = await this.faultOf(password);
    if (message !== undefined) reject('validation-failed', { errors: [{ pointer: '/password', message }] });
  }

  async faultOf(password: string): Promise<string | undefined> {
    if (this.environment.authRules === 'standard') return undefined;
    if ([...password.replace(/\s+/g, ' ')].length < shortest) return `must have at least ${shortest} characters`;
    const common = await commonPasswords();
    return spellings(password).some((spelling) => common.has(spelling)) ? 'is one of the most common ones' : undefined;
  }
}

let loaded: Promise<ReadonlySet<string>> | undefined;

/** Nothing of it is loaded where nobody asks. */
const commonPasswords = (): Promise<ReadonlySet<string>> =>
  (loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'] as readonly string[]),
  ));

/** Few of the common ones are that long; most are made so with spaces, capitals, or digits and signs behind them. */
function spellings(password: string): readonly string[] {
  const plain = password.toLowerCase().replace(/\s+/g, '');
  return [plain, plain.replace(/[^\p{L}]+$/u, ''), plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')];
}
