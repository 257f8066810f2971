import { Inject, Injectable } from '@nestjs/common';
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { ENVIRONMENT } from '../common/env';
import type { Environment, JwtSecret } from '../common/env';
import { secretFile } from '../common/secret-file';

/** The secrets of access tokens: the first signs, all verify, so one is rotated without logging anyone out. */
@Injectable()
export class AccessTokenSecrets {
  readonly signing: JwtSecret;
  readonly #byKid: ReadonlyMap<string, KeyObject>;

  constructor(@Inject(ENVIRONMENT) { jwtSecrets, dataDir }: Pick<Environment, 'jwtSecrets' | 'dataDir'>) {
    const secrets = jwtSecrets ?? [generatedSecret(join(dataDir, 'jwt-secret'))];
    const [signing] = secrets;
    if (!signing) throw new Error('there is no secret to sign access tokens with');
    this.signing = signing;
    // Given a string, jsonwebtoken first tries to read a public key from it, which takes longer than all the rest.
    this.#byKid = new Map(secrets.map(({ kid, secret }) => [kid, createSecretKey(Buffer.from(secret))]));
  }

  find(kid: string): KeyObject | undefined {
    return this.#byKid.get(kid);
  }
}

/** The kid follows from the secret, so a file that was made anew is not taken for the old one. */
function generatedSecret(path: string): JwtSecret {
  const secret = secretFile(path, () => randomBytes(32).toString('base64url'));
  return { kid: `generated-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`, secret };
}
