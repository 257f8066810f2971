import { aMachineWithUsers, asRoot } from '../../../../test/support/members';
import type { MachineWithLog } from '../../../../test/support/state-machine';
import { deleteUser } from '../users/commands/delete-user.command';
import { updateUser } from '../users/commands/update-user.command';
import { refreshFamilies } from '../users/refresh-families.table';
import { beginSession } from './commands/begin-session.command';
import { endSession } from './commands/end-session.command';
import { purgeExpiredSessions } from './commands/purge-expired-sessions.command';
import { renewSession } from './commands/renew-session.command';
import { maxSessionsOfUser } from './session-limit.rules';

const ttlMs = 60_000;
const noon = Date.UTC(2026, 5, 1, 12);

const begin = (familyId = 'family', userId = 'adam') => ({
  familyId,
  userId,
  tokenHash: `${familyId}-1`,
  checkedPasswordHash: `${userId}-hash`,
  ttlMs,
});
const renew = (presented: number, familyId = 'family') => ({
  familyId,
  presentedHash: `${familyId}-${presented}`,
  nextHash: `${familyId}-${presented + 1}`,
  ttlMs,
});
const familyOf = (machine: MachineWithLog, familyId = 'family') => machine.state.of(refreshFamilies).get(familyId);

describe('a login', () => {
  it('begins a family that expires its time to live after the entry', () => {
    const machine = aMachineWithUsers();
    const { events } = machine.append(beginSession, begin(), { at: noon });
    expect(familyOf(machine)).toEqual({
      id: 'family',
      userId: 'adam',
      tokenHash: 'family-1',
      createdAt: '2026-06-01T12:00:00.000Z',
      expiresAt: '2026-06-01T12:01:00.000Z',
      modIndex: machine.index,
    });
    expect(events).toMatchObject([{ type: 'session.begun', payload: { familyId: 'family', userId: 'adam' } }]);
  });

  it('does not begin when the password was changed after it was checked, or the user is gone', () => {
    const machine = aMachineWithUsers();
    machine.run(updateUser, { userId: 'adam', passwordHash: 'another', ifMatch: null }, asRoot);
    expect(machine.refused(beginSession, begin())).toBe('invalid-credentials');
    machine.run(deleteUser, { userId: 'edith', ifMatch: null }, asRoot);
    expect(machine.refused(beginSession, begin('family', 'edith'))).toBe('invalid-credentials');
    expect(machine.state.of(refreshFamilies).size).toBe(0);
  });

  it('ends with the user, and with the password', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin('of-adam', 'adam'));
    machine.run(beginSession, begin('of-edith', 'edith'));
    machine.run(deleteUser, { userId: 'adam', ifMatch: null }, asRoot);
    machine.run(updateUser, { userId: 'edith', passwordHash: 'another', ifMatch: null }, asRoot);
    expect(machine.state.of(refreshFamilies).size).toBe(0);
    expect(machine.refused(renewSession, renew(1, 'of-edith'))).toBe('unauthenticated');
  });

  it('displaces the one unused for longest when the user has too many', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin('of-edith', 'edith'));
    for (let n = 0; n < maxSessionsOfUser; n += 1) machine.run(beginSession, begin(`f${n}`), { at: noon });
    machine.run(renewSession, renew(1, 'f0'), { at: noon });
    const { events } = machine.append(beginSession, begin('one-more'));
    expect(events).toMatchObject([
      { type: 'session.ended', payload: { familyId: 'f1', userId: 'adam', reason: 'displaced' } },
      { type: 'session.begun' },
    ]);
    expect(familyOf(machine, 'f0')).toBeDefined();
    expect(familyOf(machine, 'f1')).toBeUndefined();
    expect(familyOf(machine, 'of-edith')).toBeDefined();
    expect(machine.state.of(refreshFamilies).size).toBe(maxSessionsOfUser + 1);
  });
});

describe('a renewal', () => {
  it('replaces the token and begins the time to live anew', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin(), { at: noon });
    expect(machine.run(renewSession, renew(1), { at: noon + 59_999 })).toEqual({ userId: 'adam', reused: false });
    expect(familyOf(machine)).toMatchObject({ tokenHash: 'family-2', expiresAt: '2026-06-01T12:01:59.999Z' });
    expect(machine.run(renewSession, renew(2))).toMatchObject({ reused: false });
  });

  it('ends the whole family when a token is used twice, and that stays so', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin());
    machine.run(beginSession, begin('another'));
    machine.run(renewSession, renew(1));
    const { outcome, events } = machine.append(renewSession, renew(1));
    expect(outcome).toEqual({ status: 'applied', result: { userId: 'adam', reused: true } });
    expect(events).toMatchObject([{ type: 'session.ended', payload: { familyId: 'family', reason: 'reuse' } }]);
    expect(machine.refused(renewSession, renew(2))).toBe('unauthenticated');
    expect(familyOf(machine, 'another')).toBeDefined();
  });

  it('is refused from the moment the token expires, before any purge', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin(), { at: noon });
    expect(machine.refused(renewSession, renew(1), { at: noon + ttlMs })).toBe('token-expired');
  });

  it('says in the audit record whose login it was and never a hash', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin());
    machine.run(renewSession, renew(1));
    const { changes } = machine.append(renewSession, renew(1));
    const record = changes.find(({ table }) => table.name === 'audit_records')?.after;
    expect(record).toMatchObject({
      subjectId: 'family',
      summary: 'end a login of user adam, because a refresh token of it was used twice',
    });
    expect(JSON.stringify(changes.filter(({ table }) => table.kind === 'history'))).not.toContain('family-1');
  });
});

describe('a logout', () => {
  it('ends the family, and ending it again changes nothing', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin());
    expect(machine.run(endSession, { familyId: 'family' })).toEqual({ userId: 'adam' });
    expect(machine.refused(renewSession, renew(1))).toBe('unauthenticated');
    const { outcome, events } = machine.append(endSession, { familyId: 'family' });
    expect(outcome).toEqual({ status: 'applied', result: { userId: null } });
    expect(events).toEqual([]);
  });
});

describe('the purge of expired logins', () => {
  it('goes by the time of the entry, not by what the leader thought', () => {
    const machine = aMachineWithUsers();
    machine.run(beginSession, begin('early'), { at: noon });
    machine.run(beginSession, begin('late'), { at: noon + 1 });
    const purge = { familyIds: ['early', 'late', 'gone'] };
    expect(machine.run(purgeExpiredSessions, purge, { at: noon + ttlMs - 1 })).toEqual({ purged: 0 });
    expect(machine.run(purgeExpiredSessions, purge, { at: noon + ttlMs })).toEqual({ purged: 1 });
    expect(familyOf(machine, 'early')).toBeUndefined();
    expect(familyOf(machine, 'late')).toBeDefined();
  });

  it("is never a user's to propose", () => {
    const machine = aMachineWithUsers();
    expect(() => machine.attempt(purgeExpiredSessions, { familyIds: [] }, asRoot)).toThrow('the node itself');
  });
});
