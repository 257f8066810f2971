import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { ProposingNode } from '../../../../test/support/proposing-node';
import { AccessTokenSecrets } from '../auth/access-token-secrets';
import type { Environment } from '../common/env';
import type { ConsensusService } from '../consensus/consensus.service';
import type { LeaderDuties } from '../consensus/leader-duties';
import { FirstAdmin } from './first-admin';
import { PasswordRules } from './password-rules';
import { passwordMatches } from './password';
import { users } from './users.table';

const duties = { register: () => undefined } as unknown as LeaderDuties;
const firstAdminOf = (consensus: ConsensusService, environment: Environment) =>
  new FirstAdmin(consensus, duties, new PasswordRules(environment), environment);

describe('ADMIN_PASSWORD with AUTH_RULES=strict', () => {
  const starting = (adminPassword: string, authRules: 'standard' | 'strict' = 'strict') =>
    firstAdminOf({} as ConsensusService, { adminPassword, authRules } as Environment).onModuleInit();

  it.each(['too short', 'qwertyuiop123', 'Password 2026!'])(
    'refuses the start with %j, without telling it',
    async (password) => {
      const refusal = await starting(password).catch((error: Error) => error.message);
      expect(refusal).toMatch(/^ADMIN_PASSWORD: got what .*; it takes with AUTH_RULES=strict 12 to 128 characters/);
      expect(refusal).not.toContain(password);
      await starting(password, 'standard');
    },
  );

  it('generates none', async () => {
    const environment = { adminPassword: null, authRules: 'strict', dataDir: '/nowhere' } as Environment;
    const { service } = new ProposingNode();
    await expect(firstAdminOf(service, environment).perform()).rejects.toThrow(
      /^ADMIN_PASSWORD: got no value; it takes/,
    );
  });

  it('takes a long one', () => starting('nine purple lanterns'));
});

describe('a node whose secrets were emptied', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'first-admin-'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  const aFirstAdmin = (adminPassword: string | null) =>
    firstAdminOf({} as ConsensusService, { dataDir, adminPassword } as Environment);

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

describe('the password of the first administrator', () => {
  const { isTTY } = process.stdout;
  const dataDir = mkdtempSync(join(tmpdir(), 'first-admin-'));
  afterEach(() => {
    process.stdout.isTTY = isTTY;
    jest.restoreAllMocks();
    rmSync(join(dataDir, 'admin-password'), { force: true });
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  /** What the duty prints when it is done twice, as after every start and every election. */
  async function printed(isTerminal: boolean, adminPassword: string | null = null) {
    process.stdout.isTTY = isTerminal;
    const written: string[] = [];
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation((text) => (written.push(String(text)), true));
    const node = new ProposingNode();
    const environment = { dataDir, adminPassword, adminEmail: 'Admin@example.com' } as Environment;
    const duty = firstAdminOf(node.service, environment);
    for (let round = 0; round < 2; round += 1) {
      let isDone = false;
      const performed = duty.perform().finally(() => (isDone = true));
      for (; !isDone; await turn()) node.commit();
      await performed;
    }
    const [admin] = node.machine.state.of(users).all();
    return { text: written.join(''), passwordHash: admin?.passwordHash ?? null };
  }
  const kept = (): string => readFileSync(join(dataDir, 'admin-password'), 'utf8').trim();

  it('is shown once on a terminal when it was generated', async () => {
    const { text, passwordHash } = await printed(true);
    expect(text).toBe(`\n  First administrator: Admin@example.com\n  Password (shown this once): ${kept()}\n\n`);
    expect(await passwordMatches(kept(), passwordHash)).toBe(true);
  });

  it('is never shown to a pipe', async () => {
    const { text, passwordHash } = await printed(false);
    expect(text).toBe('');
    expect(await passwordMatches(kept(), passwordHash)).toBe(true);
  });

  it('is shown nowhere, and kept nowhere, when it was given', async () => {
    const { text, passwordHash } = await printed(true, 'given in a variable');
    expect(text).toBe('');
    expect(kept).toThrow('ENOENT');
    expect(await passwordMatches('given in a variable', passwordHash)).toBe(true);
  });
});
