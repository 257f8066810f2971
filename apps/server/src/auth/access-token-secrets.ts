import { Inject, Injectable } from '@nestjs/common';
import { createHash, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
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

  constructor(@Inject(ENVIRONMENT) environment: Pick<Environment, 'jwtSecrets' | 'clusterSecrets' | 'dataDir'>) {
    const { jwtSecrets, clusterSecrets, dataDir } = environment;
    const secrets = jwtSecrets ?? clusterSecrets?.map(derivedSecret) ?? [generatedSecret(join(dataDir, 'jwt-secret'))];
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

/** Without a word between them, all members come to the same: a token of one is good at all. */
function derivedSecret(clusterSecret: string): JwtSecret {
  const key = Buffer.from(hkdfSync('sha256', clusterSecret, '', 'config-guardian access tokens', 32));
  return named('cluster', key.toString('base64url'));
}

function generatedSecret(path: string): JwtSecret {
  return named(
    'generated',
    secretFile(path, shortestSecret, () => randomBytes(32).toString('base64url')),
  );
}

/** As JWT_SECRETS demands. */
const shortestSecret = 32;

/** The kid follows from the secret, so a secret that was made anew is not taken for the old one. */
function named(origin: string, secret: string): JwtSecret {
  return { kid: `${origin}-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`, secret };
}
