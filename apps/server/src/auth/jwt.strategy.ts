import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { bearerToken } from './bearer-token';
import { AccessTokenSecrets } from './access-token-secrets';
import { accessTokenTerms } from './access-tokens';
import type { VerifiedToken } from './verified-tokens';

/** Verifies `Authorization: Bearer <access token>` with the secret that the token's `kid` names. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(secrets: AccessTokenSecrets) {
    const { algorithm, issuer, audience } = accessTokenTerms;
    super({
      jwtFromRequest: bearerToken,
      algorithms: [algorithm],
      issuer,
      audience,
      secretOrKeyProvider: (_request, token: string, done) => {
        const secret = secrets.find(kidOf(token));
        if (secret === undefined) done(new Error('the token is signed with an unknown secret'));
        // passport-jwt hands it on as it is; its type knows no key objects.
        else done(null, secret as unknown as Buffer);
      },
    });
  }

  /** Whether there still is such a user and login is for the state to say. */
  validate({ sub, sid, exp }: Readonly<Record<string, unknown>>): VerifiedToken | false {
    if (typeof sub !== 'string') return false;
    const familyId = typeof sid === 'string' ? sid : null;
    return { userId: sub, familyId, expiresAt: typeof exp === 'number' ? exp : 0 };
  }
}

function kidOf(token: string): string {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8'));
    const kid = typeof header === 'object' && header !== null && 'kid' in header ? header.kid : undefined;
    return typeof kid === 'string' ? kid : '';
  } catch {
    return '';
  }
}
