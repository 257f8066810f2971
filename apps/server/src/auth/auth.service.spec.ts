import { FailureLimits } from '../limits/failure-limits';
import { hash } from '@node-rs/bcrypt';
import { JwtService } from '@nestjs/jwt';
import { createHash } from 'node:crypto';
import { aConsensus, aContext } from '../../../../test/support/consensus';
import { aMachineWithUsers, asRoot } from '../../../../test/support/members';
import { createUser } from '../users/commands/create-user.command';
import { updateUser } from '../users/commands/update-user.command';
import { refreshFamilies } from '../users/refresh-families.table';
import type { AuthRules } from '../common/login-settings';
import { AccessTokens } from './access-tokens';
import { AccessTokenSecrets } from './access-token-secrets';
import { AuthService } from './auth.service';
import { CredentialCheck } from '../users/credential-check';
import { PasswordWork } from '../users/password-work';
import type { SecurityNotice, SecurityNotices } from '../users/security-notices';

const refreshTokenTtlMs = 60 * 60_000;
const email = 'Adam@Example.com ';
const password = 'correct horse';
/** At bcrypt's lowest cost, so that many failures take no time. */
const cheapHash = hash(createHash('sha256').update(password).digest('base64'), 4);

async function aService({ authRules = 'standard', members = 1 }: { authRules?: AuthRules; members?: number } = {}) {
  const machine = aMachineWithUsers();
  machine.run(updateUser, { userId: 'adam', passwordHash: await cheapHash, ifMatch: null }, asRoot);
  const { consensus } = aConsensus(
    machine,
    Array.from({ length: members }, () => ({}) as never),
  );
  const secrets = new AccessTokenSecrets({
    jwtSecrets: [{ kid: 'k', secret: 's'.repeat(32) }],
    clusterSecrets: null,
    dataDir: '/nowhere',
  });
  const accessTokens = new AccessTokens(new JwtService({}), secrets, { accessTokenTtlMs: 60_000 });
  const told: SecurityNotice[] = [];
  const notices = { tell: (notice: SecurityNotice) => void told.push(notice) } as SecurityNotices;
  const service = new AuthService(
    consensus,
    new CredentialCheck(consensus, new FailureLimits(), new PasswordWork({ passwordPeppers: null })),
    accessTokens,
    notices,
    { refreshTokenTtlMs, authRules },
  );
  return { machine, service, told };
}

describe('logging in', () => {
  it('gives a pair of tokens and the user, without any hash', async () => {
    const { service } = await aService();
    const answer = await service.login({ email, password }, aContext());
    expect(answer).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 60,
      user: { id: 'adam', email: 'adam@example.com' },
    });
    expect(Object.keys(answer.user)).not.toContain('passwordHash');
  });

  it('answers a wrong password and an unknown e-mail alike and leaves nothing in the log', async () => {
    const { machine, service } = await aService();
    const { index } = machine;
    const refusal = { code: 'invalid-credentials', detail: {} };
    await expect(service.login({ email, password: 'wrong' }, aContext())).rejects.toMatchObject(refusal);
    await expect(service.login({ email: 'nobody@example.com', password }, aContext())).rejects.toMatchObject(refusal);
    expect(machine.index).toBe(index);
  });

  const failing = (service: AuthService, address: string) =>
    service.login({ email, password: 'wrong' }, aContext({ address })).catch((error) => error.code);

  it('closes an account to an address after ten failures, even to the right password', async () => {
    const { service } = await aService();
    const codes = await Promise.all(Array.from({ length: 12 }, () => failing(service, '198.51.100.1')));
    expect(codes.filter((code) => code === 'invalid-credentials')).toHaveLength(10);
    expect(codes.filter((code) => code === 'rate-limited')).toHaveLength(2);
    const blocked = service.login({ email, password }, aContext({ address: '198.51.100.1' }));
    await expect(blocked).rejects.toMatchObject({
      code: 'rate-limited',
      detail: { retryAfterSeconds: expect.any(Number) },
    });
  });

  it('lets the owner in elsewhere while somebody guesses', async () => {
    const { service } = await aService();
    for (let n = 0; n < 50; n += 1) await failing(service, '198.51.100.1');
    const atHome = aContext({ address: '192.0.2.1' });
    await expect(service.login({ email, password }, atHome)).resolves.toMatchObject({ user: { id: 'adam' } });
  });

  it('closes an account to everybody after fifty failures in an hour, whoever logs in in between', async () => {
    const { service } = await aService();
    const codes: string[] = [];
    for (let n = 0; n < 52; n += 1) {
      if (n % 20 === 10 && n < 50) await service.login({ email, password }, aContext({ address: '192.0.2.1' }));
      codes.push(await failing(service, `198.51.100.${n}`));
    }
    expect(codes.filter((code) => code === 'invalid-credentials')).toHaveLength(50);
    expect(codes.slice(50)).toEqual(['rate-limited', 'rate-limited']);
    const blocked = service.login({ email, password }, aContext({ address: '192.0.2.1' }));
    await expect(blocked).rejects.toMatchObject({ code: 'rate-limited' });
  });

  it('divides those fifty among the nodes, which cannot tell each other without Redis', async () => {
    const { service } = await aService({ members: 5 });
    const codes: string[] = [];
    for (let n = 0; n < 11; n += 1) codes.push(await failing(service, `198.51.100.${n}`));
    expect(codes).toEqual([...Array<string>(10).fill('invalid-credentials'), 'rate-limited']);
  });

  it('begins to count anew after a success', async () => {
    const { service } = await aService();
    const wrong = () => service.login({ email, password: 'wrong' }, aContext()).catch((error) => error.code);
    for (let n = 0; n < 9; n += 1) await wrong();
    await service.login({ email, password }, aContext());
    for (let n = 0; n < 9; n += 1) await expect(wrong()).resolves.toBe('invalid-credentials');
    await expect(service.login({ email, password }, aContext())).resolves.toMatchObject({ user: { id: 'adam' } });
  });

  it('lets many right ones in at the same time', async () => {
    const { machine, service } = await aService();
    await Promise.all(Array.from({ length: 40 }, () => service.login({ email, password }, aContext())));
    expect(machine.state.of(refreshFamilies).size).toBe(40);
  });

  it('counts no success against an address', async () => {
    const { service } = await aService();
    for (let n = 0; n < 101; n += 1) await service.login({ email, password }, aContext());
    const refusal = { code: 'invalid-credentials' };
    await expect(service.login({ email, password: 'wrong' }, aContext())).rejects.toMatchObject(refusal);
  });

  it('closes a network after a hundred failures, and no other network', async () => {
    const { machine, service } = await aService();
    const passwordHash = await cheapHash;
    for (let n = 0; n < 12; n += 1) {
      const user = { userId: `user-${n}`, email: `user-${n}@example.com`, name: null, passwordHash, isAdmin: false };
      machine.run(createUser, user, asRoot);
    }
    const codes: string[] = [];
    for (let n = 0; n < 102; n += 1) {
      const context = aContext({ address: `2001:db8::${n.toString(16)}` });
      // One account after the other, so that it is not the account that is closed.
      const guess = { email: `user-${n % 12}@example.com`, password: 'wrong' };
      codes.push(await service.login(guess, context).catch((error) => error.code));
    }
    expect(codes.slice(0, 100)).toEqual(new Array(100).fill('invalid-credentials'));
    expect(codes.slice(100)).toEqual(['rate-limited', 'rate-limited']);
    await expect(service.login({ email, password }, aContext({ address: '2001:db8::1' }))).rejects.toMatchObject({
      code: 'rate-limited',
    });
    await expect(service.login({ email, password }, aContext({ address: '2001:db8:0:1::1' }))).resolves.toBeDefined();
  });
});

describe('a login by the strict rules', () => {
  const hourMs = 3_600_000;
  afterEach(() => jest.useRealTimers());

  it('ends after half an hour without a renewal, and after twelve hours however often it is renewed', async () => {
    const { machine, service } = await aService({ authRules: 'strict' });
    const login = await service.login({ email, password }, aContext());
    const [family] = machine.state.of(refreshFamilies).all();
    expect(Date.parse(family?.expiresAt ?? '') - Date.parse(family?.createdAt ?? '')).toBe(hourMs / 2);
    const begun = Date.parse(family?.createdAt ?? '');
    jest.useFakeTimers({ now: begun, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    let { refreshToken } = login;
    for (let times = 1; times <= 24; times += 1) {
      jest.setSystemTime(begun + times * 29 * 60_000);
      ({ refreshToken } = await service.refresh(refreshToken, aContext()));
    }
    jest.setSystemTime(begun + 12 * hourMs - 20_000);
    const last = await service.refresh(refreshToken, aContext());
    expect(last.expiresIn).toBe(20);
    jest.setSystemTime(begun + 12 * hourMs);
    await expect(service.refresh(last.refreshToken, aContext())).rejects.toMatchObject({ code: 'token-expired' });
  });

  it('is as long as it was by the standard ones', async () => {
    const { machine, service } = await aService();
    await service.login({ email, password }, aContext());
    const [family] = machine.state.of(refreshFamilies).all();
    expect(Date.parse(family?.expiresAt ?? '') - Date.parse(family?.createdAt ?? '')).toBe(refreshTokenTtlMs);
  });
});

describe('refreshing', () => {
  it('gives a new pair each time, and ends the login and has the user told when a token comes twice', async () => {
    const { service, told } = await aService();
    const first = await service.login({ email, password }, aContext());
    const second = await service.refresh(first.refreshToken, aContext());
    const third = await service.refresh(second.refreshToken, aContext());
    expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
    await expect(service.refresh(first.refreshToken, aContext())).rejects.toMatchObject({ code: 'token-reused' });
    await expect(service.refresh(third.refreshToken, aContext())).rejects.toMatchObject({ code: 'unauthenticated' });
    const notice = { kind: 'refresh-token-reused', userId: 'adam', email: 'adam@example.com', actorId: null };
    expect(told).toEqual([{ ...notice, requestId: expect.any(String) }]);
  });

  it('lets one of two at the same time through, and takes the other for a thief', async () => {
    const { machine, service } = await aService();
    const { refreshToken } = await service.login({ email, password }, aContext());
    const outcomes = await Promise.all(
      [1, 2].map(() =>
        service.refresh(refreshToken, aContext()).then(
          () => 'ok',
          (error) => error.code,
        ),
      ),
    );
    expect(outcomes.sort()).toEqual(['ok', 'token-reused']);
    expect(machine.state.of(refreshFamilies).size).toBe(0);
  });

  it('refuses a stranger without a trace in the log', async () => {
    const { machine, service } = await aService();
    const { index } = machine;
    for (const token of ['', 'nonsense', `${'a'.repeat(22)}.${'b'.repeat(43)}`])
      await expect(service.refresh(token, aContext())).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(machine.index).toBe(index);
  });
});

describe('logging out', () => {
  it('ends the login by any of its tokens and says nothing of tokens it does not know', async () => {
    const { machine, service } = await aService();
    const first = await service.login({ email, password }, aContext());
    const second = await service.refresh(first.refreshToken, aContext());
    await service.logout(first.refreshToken, aContext());
    await expect(service.refresh(second.refreshToken, aContext())).rejects.toMatchObject({ code: 'unauthenticated' });
    const { index } = machine;
    await service.logout(second.refreshToken, aContext());
    await service.logout('nonsense', aContext());
    expect(machine.index).toBe(index);
  });
});
