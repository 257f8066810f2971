import { FailureLimits } from '../limits/failure-limits';
import { aConsensus, aContext } from '../../../../test/support/consensus';
import { aMachineWithMembers, aProject, asRoot } from '../../../../test/support/members';
import type { ContextRequest } from '../common/http/request-context';
import { hashApiKey, isApiKey, mintApiKey } from './api-key';
import { ApiKeyAuthentication } from './api-key-authentication';
import { ApiKeyStrategy } from './api-key.strategy';
import { ApiKeys } from './api-keys';
import { regenerateApiKey } from './commands/regenerate-api-key.command';

const { apiKey, hash } = mintApiKey();

function anAuthentication() {
  const machine = aMachineWithMembers();
  aProject(machine, 'bank', hash);
  const authentication = new ApiKeyAuthentication(
    new ApiKeyStrategy(new ApiKeys(aConsensus(machine).consensus, new FailureLimits())),
  );
  const authenticate = (given: { header?: string; path?: string; address?: string }) =>
    authentication.authenticate({
      headers: given.header === undefined ? {} : { 'x-api-key': given.header },
      params: given.path === undefined ? {} : { apiKey: given.path },
      context: aContext({ address: given.address ?? '203.0.113.7' }),
    } as unknown as ContextRequest);
  return { machine, authenticate };
}

describe('an API key', () => {
  it('has the promised form, a hint and a hash that does not show it', () => {
    const minted = mintApiKey();
    expect(minted.apiKey).toMatch(/^cfg_[A-Za-z0-9_-]{43}$/);
    expect(minted.apiKey.endsWith(minted.hint)).toBe(true);
    expect(minted.hint).toHaveLength(4);
    expect(minted.hash).toBe(hashApiKey(minted.apiKey));
    expect(minted.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(isApiKey(minted.apiKey)).toBe(true);
  });

  it('opens its project, in the header or in the path', async () => {
    const { authenticate } = anAuthentication();
    await expect(authenticate({ header: apiKey })).resolves.toBe('bank');
    await expect(authenticate({ path: apiKey })).resolves.toBe('bank');
  });

  it('is not accepted in both places, not even the same one', async () => {
    const { authenticate } = anAuthentication();
    await expect(authenticate({ header: apiKey, path: apiKey })).rejects.toMatchObject({
      code: 'validation-failed',
      detail: { errors: [{ header: 'X-API-Key' }] },
    });
  });

  it('opens nothing when it is missing, malformed, unknown, or replaced a moment ago', async () => {
    const { machine, authenticate } = anAuthentication();
    const unknown = { code: 'invalid-api-key' };
    await expect(authenticate({})).rejects.toMatchObject(unknown);
    for (const header of ['', 'cfg_', apiKey.slice(1), `${apiKey}a`, `${apiKey}\n`, hash, mintApiKey().apiKey])
      await expect(authenticate({ header })).rejects.toMatchObject(unknown);
    const next = { projectId: 'bank', apiKeyHash: 'next', apiKeyHint: 'next', graceMs: 0, ifMatch: null };
    machine.run(regenerateApiKey, next, asRoot);
    await expect(authenticate({ header: apiKey })).rejects.toMatchObject(unknown);
  });

  it('is limited for each address when unknown, and never slowed when good', async () => {
    const { authenticate } = anAuthentication();
    const attempt = (address: string) => authenticate({ header: 'wrong', address }).catch(({ code }) => code);
    const codes: string[] = [];
    for (let n = 0; n < 102; n += 1) codes.push(await attempt('203.0.113.7'));
    expect(codes.filter((code) => code === 'invalid-api-key')).toHaveLength(100);
    expect(codes.slice(100)).toEqual(['rate-limited', 'rate-limited']);
    await expect(attempt('203.0.113.8')).resolves.toBe('invalid-api-key');
    await expect(authenticate({ header: apiKey })).resolves.toBe('bank');
  });
});
