import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessTokenSecrets } from './access-token-secrets';

const nowhere = { dataDir: '/nowhere', jwtSecrets: null };

describe('the secrets of access tokens', () => {
  it('are the same on all members of a cluster, and go with its secrets when those rotate', () => {
    const [old, next] = ['the old cluster secret', 'the next cluster secret'];
    const before = new AccessTokenSecrets({ ...nowhere, clusterSecrets: [old] });
    const elsewhere = new AccessTokenSecrets({ ...nowhere, clusterSecrets: [old, next] });
    const after = new AccessTokenSecrets({ ...nowhere, clusterSecrets: [next, old] });
    expect(elsewhere.signing).toEqual(before.signing);
    expect(after.signing.kid).not.toBe(before.signing.kid);
    for (const secrets of [elsewhere, after]) expect(secrets.find(before.signing.kid)).toBeDefined();
    expect(before.find(after.signing.kid)).toBeUndefined();
    expect(JSON.stringify(before.signing)).not.toContain(old);
  });

  it('are those of JWT_SECRETS where there are any', () => {
    const given = { kid: 'mine', secret: 'x'.repeat(32) };
    expect(
      new AccessTokenSecrets({ ...nowhere, jwtSecrets: [given], clusterSecrets: ['a cluster secret'] }).signing,
    ).toEqual(given);
  });

  it('are generated once for a node alone', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'config-guardian-secrets-'));
    const made = () => new AccessTokenSecrets({ dataDir, jwtSecrets: null, clusterSecrets: null }).signing;
    expect(made()).toEqual(made());
    rmSync(dataDir, { recursive: true });
  });
});
