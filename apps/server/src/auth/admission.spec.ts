import { JwtService } from '@nestjs/jwt';
import { aConsensus, aContext } from '../../../../test/support/consensus';
import { aMachineWithUsers, asRoot } from '../../../../test/support/members';
import type { ContextRequest } from '../common/http/request-context';
import { createUser } from '../users/commands/create-user.command';
import { AccessTokens } from './access-tokens';
import type { AccessTokenSecrets } from './access-token-secrets';
import { createSecretKey } from 'node:crypto';
import { JwtAuthentication } from './jwt-authentication';
import { JwtStrategy } from './jwt.strategy';

const secret = 's'.repeat(32);
const secrets = {
  signing: { kid: 'k', secret },
  find: () => createSecretKey(Buffer.from(secret)),
} as unknown as AccessTokenSecrets;

function aGate() {
  const machine = aMachineWithUsers();
  const { consensus } = aConsensus(machine);
  const barrier = jest.spyOn(consensus, 'barrier');
  const authentication = new JwtAuthentication(new JwtStrategy(secrets), consensus, { authRules: 'standard' });
  const tokens = new AccessTokens(new JwtService({}), secrets, { accessTokenTtlMs: 60_000 });
  const requestOf = (userId: string) => {
    const authorization = `Bearer ${tokens.issue(userId).accessToken}`;
    return { headers: { authorization }, context: aContext() } as unknown as ContextRequest;
  };
  return { machine, barrier, authentication, requestOf };
}

describe('a request with a body', () => {
  it('is admitted without a barrier when its user is known', async () => {
    const { authentication, barrier, requestOf } = aGate();
    await expect(authentication.admit(requestOf('adam'))).resolves.toBeUndefined();
    expect(barrier).not.toHaveBeenCalled();
  });

  it('is admitted when its user was made elsewhere a moment ago', async () => {
    const { authentication, barrier, machine, requestOf } = aGate();
    barrier.mockImplementation(() => {
      const user = { userId: 'eve', email: 'eve@example.com', name: null, passwordHash: 'x', isAdmin: false };
      machine.run(createUser, user, asRoot);
      return Promise.resolve(machine.index);
    });
    await expect(authentication.admit(requestOf('eve'))).resolves.toBeUndefined();
  });

  it('is not admitted without a token of ours, or when its user is nobody', async () => {
    const { authentication, barrier, requestOf } = aGate();
    const forged = { headers: { authorization: 'Bearer a.b.c' }, context: aContext() } as unknown as ContextRequest;
    await expect(authentication.admit(forged)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(barrier).not.toHaveBeenCalled();
    await expect(authentication.admit(requestOf('nobody'))).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(barrier).toHaveBeenCalledTimes(1);
  });
});
