import { JwtService } from '@nestjs/jwt';
import type { Request } from 'express';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aConsensus, aContext } from '../../../../test/support/consensus';
import { aMachineWithUsers, asRoot } from '../../../../test/support/members';
import type { JwtSecret } from '../common/env';
import type { ContextRequest } from '../common/http/request-context';
import { updateUser } from '../users/commands/update-user.command';
import { deleteUser } from '../users/commands/delete-user.command';
import type { AuthRules } from '../common/login-settings';
import { AccessTokens, accessTokenTerms } from './access-tokens';
import { AccessTokenSecrets } from './access-token-secrets';
import { beginSession } from './commands/begin-session.command';
import { endSession } from './commands/end-session.command';
import { JwtAuthentication } from './jwt-authentication';
import { JwtStrategy } from './jwt.strategy';

const jwt = new JwtService({});
const old: JwtSecret = { kid: '2025', secret: 'o'.repeat(32) };
const current: JwtSecret = { kid: '2026', secret: 'n'.repeat(32) };

const secretsOf = (...jwtSecrets: readonly JwtSecret[]) =>
  new AccessTokenSecrets({ jwtSecrets, clusterSecrets: null, dataDir: '/nowhere' });
const tokensOf = (secrets: AccessTokenSecrets, accessTokenTtlMs = 900_000) =>
  new AccessTokens(jwt, secrets, { accessTokenTtlMs });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } }) as Request;

function aVerifier(...secrets: readonly JwtSecret[]) {
  return verifierWith('standard', ...secrets);
}

function verifierWith(authRules: AuthRules, ...secrets: readonly JwtSecret[]) {
  const machine = aMachineWithUsers();
  const { consensus } = aConsensus(machine);
  const authentication = new JwtAuthentication(new JwtStrategy(secretsOf(...secrets)), consensus, { authRules });
  const barrier = jest.spyOn(consensus, 'barrier');
  return {
    machine,
    barrier,
    authenticate: (token: string) => authentication.authenticate(bearer(token)),
    authentication,
  };
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  it('says who, until when and which one it is, and names the secret that signed it', () => {
    const { accessToken, expiresIn } = tokensOf(secretsOf(current, old)).issue('adam');
    const { header, payload } = jwt.decode(accessToken, { complete: true }) as { header: object; payload: never };
    const { iat, exp, jti, ...claims } = payload as { iat: number; exp: number; jti: string };
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: '2026' });
    expect(claims).toEqual({ sub: 'adam', iss: 'config-guardian', aud: 'config-guardian-api' });
    expect(exp - iat).toBe(900);
    expect(expiresIn).toBe(900);
    expect(jti).toHaveLength(36);
  });

  it('authenticates its user', async () => {
    const { authenticate } = aVerifier(current);
    await expect(authenticate(tokensOf(secretsOf(current)).issue('adam').accessToken)).resolves.toBe('adam');
  });

  it('outlives a rotation as long as its secret is listed', async () => {
    const { accessToken } = tokensOf(secretsOf(old)).issue('adam');
    await expect(aVerifier(current, old).authenticate(accessToken)).resolves.toBe('adam');
    await expect(aVerifier(current).authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is refused as expired when its time is over', async () => {
    const signing = { ...accessTokenTerms, secret: current.secret, keyid: current.kid, subject: 'adam' };
    const expired = jwt.sign({ exp: Math.floor(Date.now() / 1000) - 1 }, signing);
    await expect(aVerifier(current).authenticate(expired)).rejects.toMatchObject({ code: 'token-expired' });
  });

  it('is worth nothing from the moment its user is deleted', async () => {
    const { machine, authenticate } = aVerifier(current);
    const { accessToken } = tokensOf(secretsOf(current)).issue('adam');
    machine.run(deleteUser, { userId: 'adam', ifMatch: null }, asRoot);
    await expect(authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is verified once, and still expires and still ends with its user', async () => {
    const { machine, authenticate } = aVerifier(current);
    const { accessToken } = tokensOf(secretsOf(current)).issue('adam');
    await authenticate(accessToken);
    const verify = jest.spyOn(JwtStrategy.prototype, 'validate');
    await expect(authenticate(accessToken)).resolves.toBe('adam');
    expect(verify).not.toHaveBeenCalled();
    await expect(authenticate(`${accessToken}x`)).rejects.toMatchObject({ code: 'unauthenticated' });
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 900_000);
    await expect(authenticate(accessToken)).rejects.toMatchObject({ code: 'token-expired' });
    now.mockRestore();
    machine.run(deleteUser, { userId: 'adam', ifMatch: null }, asRoot);
    await expect(authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' });
    verify.mockRestore();
  });

  const claims = { sub: 'adam', iss: accessTokenTerms.issuer, aud: accessTokenTerms.audience, exp: 4_000_000_000 };
  const signed = (payload: object, options: object = {}) =>
    jwt.sign(payload, { secret: current.secret, keyid: current.kid, ...options });
  const forged: readonly (readonly [string, string])[] = [
    ['another secret under a known kid', signed(claims, { secret: 'x'.repeat(32) })],
    ['an unknown kid', signed(claims, { keyid: 'other' })],
    ['no kid', jwt.sign(claims, { secret: current.secret })],
    ['a kid named like a property of every object', signed(claims, { keyid: '__proto__' })],
    ['another algorithm', signed(claims, { algorithm: 'HS512' })],
    ['no signature', `${base64url({ alg: 'none', typ: 'JWT', kid: current.kid })}.${base64url(claims)}.`],
    ['another issuer', signed({ ...claims, iss: 'other' })],
    ['another audience', signed({ ...claims, aud: 'other' })],
    ['no subject', signed({ ...claims, sub: undefined })],
    [
      'a subject that is a number',
      `${base64url({ alg: 'HS256', kid: current.kid })}.${base64url({ ...claims, sub: 7 })}.x`,
    ],
    ['no token', 'no-token'],
    ['a header that is null', `${Buffer.from('null').toString('base64url')}.e30.x`],
  ];

  it.each(forged)('is refused with %s', async (_what, token) => {
    await expect(aVerifier(current).authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is asked for in the Authorization header only', async () => {
    const { authentication } = aVerifier(current);
    const { accessToken } = tokensOf(secretsOf(current)).issue('adam');
    const elsewhere = { headers: {}, query: { access_token: accessToken }, body: { access_token: accessToken } };
    await expect(authentication.authenticate(elsewhere as unknown as Request)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});

describe('an access token by the strict rules', () => {
  const login = { familyId: 'family', ttlMs: 900_000 };
  const begun = { familyId: 'family', userId: 'adam', tokenHash: 'x', checkedPasswordHash: 'adam-hash', ttlMs: 1000 };
  const { accessToken } = tokensOf(secretsOf(current)).issue('adam', login);
  const ended = { code: 'unauthenticated' };

  it('ends with its login, at once', async () => {
    const { machine, authenticate } = verifierWith('strict', current);
    await expect(authenticate(accessToken)).rejects.toMatchObject(ended);
    machine.run(beginSession, begun);
    await expect(authenticate(accessToken)).resolves.toBe('adam');
    machine.run(endSession, { familyId: 'family' });
    await expect(authenticate(accessToken)).rejects.toMatchObject(ended);
  });

  it('ends with the password', async () => {
    const { machine, authenticate } = verifierWith('strict', current);
    machine.run(beginSession, begun);
    machine.run(updateUser, { userId: 'adam', passwordHash: 'another', ifMatch: null }, asRoot);
    await expect(authenticate(accessToken)).rejects.toMatchObject(ended);
  });

  it('is refused without a login', async () => {
    const { authenticate } = verifierWith('strict', current);
    const { accessToken: ofNone } = tokensOf(secretsOf(current)).issue('adam');
    await expect(authenticate(ofNone)).rejects.toMatchObject(ended);
  });

  it('waits for what another node knows before it is refused', async () => {
    const { machine, authentication, barrier } = verifierWith('strict', current);
    barrier.mockImplementation(() => {
      machine.run(beginSession, begun);
      return Promise.resolve(machine.index);
    });
    const request = { ...bearer(accessToken), context: aContext() } as unknown as ContextRequest;
    await expect(authentication.admit(request)).resolves.toBeUndefined();
    expect(barrier).toHaveBeenCalledTimes(1);
  });

  it('lasts no longer than its login', () => {
    expect(tokensOf(secretsOf(current)).issue('adam', { ...login, ttlMs: 7_500 }).expiresIn).toBe(7);
  });
});

describe('the secret of access tokens', () => {
  it('is made once when none is given, and kept for this user only', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'jwt-secret-'));
    try {
      const first = new AccessTokenSecrets({ jwtSecrets: null, clusterSecrets: null, dataDir });
      const second = new AccessTokenSecrets({ jwtSecrets: null, clusterSecrets: null, dataDir });
      expect(first.signing.secret.length).toBeGreaterThanOrEqual(43);
      expect(second.signing).toEqual(first.signing);
      expect(statSync(join(dataDir, 'jwt-secret')).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});
