import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessTokenSecrets } from '../auth/access-token-secrets';
import type { Environment } from '../common/env';
import type { ConsensusService } from '../consensus/consensus.service';
import type { LeaderDuties } from '../consensus/leader-duties';
import { FirstAdmin } from './first-admin';

describe('a node whose secrets were emptied', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'first-admin-'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  const aFirstAdmin = (adminPassword: string | null) =>
    new FirstAdmin({} as ConsensusService, {} as LeaderDuties, { dataDir, adminPassword } as Environment);

  it('is not made, and the file is named', () => {
    expect(() => aFirstAdmin(null)).not.toThrow();
    writeFileSync(join(dataDir, 'admin-password'), '\n');
    expect(() => aFirstAdmin(null)).toThrow(join(dataDir, 'admin-password'));
    expect(() => aFirstAdmin('given in a variable')).not.toThrow();
    writeFileSync(join(dataDir, 'jwt-secret'), 'short\n');
    const take = () => new AccessTokenSecrets({ jwtSecrets: null, clusterSecrets: null, dataDir });
    expect(take).toThrow(join(dataDir, 'jwt-secret'));
  });
});
