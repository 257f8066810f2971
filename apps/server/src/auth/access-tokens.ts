import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomUUID } from 'node:crypto';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { AccessTokenSecrets } from './access-token-secrets';

/** What every access token says and every verifier demands. */
export const accessTokenTerms = {
  algorithm: 'HS256',
  issuer: 'config-guardian',
  audience: 'config-guardian-api',
} as const;

export interface AccessToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** It outlives its login in no case. */
export interface LoginOfToken {
  readonly familyId: string;
  readonly ttlMs: number;
}

/** Signs access tokens. The claims are sub (the user's id), sid (the login), iat, exp and jti; what a user may do is read from the state. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly secrets: AccessTokenSecrets,
    @Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'accessTokenTtlMs'>,
  ) {}

  issue(userId: string, login?: LoginOfToken): AccessToken {
    const { kid, secret } = this.secrets.signing;
    const ttlMs = Math.min(this.environment.accessTokenTtlMs, login?.ttlMs ?? Infinity);
    const expiresIn = Math.max(1, Math.floor(ttlMs / 1000));
    const accessToken = this.jwt.sign(
      { ...(login && { sid: login.familyId }) },
      { ...accessTokenTerms, secret, keyid: kid, subject: userId, jwtid: randomUUID(), expiresIn },
    );
    return { accessToken, expiresIn };
  }
}
