import { aMachineWithMembers, aMachineWithUsers, asRoot } from '../../../../test/support/members';
import { beginSession } from '../auth/commands/begin-session.command';
import { roles } from '../roles/roles.table';
import { createFirstAdmin } from './commands/create-first-admin.command';
import { createUser } from './commands/create-user.command';
import { deleteUser } from './commands/delete-user.command';
import { updateUser } from './commands/update-user.command';
import { refreshFamilies } from './refresh-families.table';
import { users } from './users.table';

type Machine = ReturnType<typeof aMachineWithUsers>;

const asAdam = { actor: 'adam' };
const carl = { userId: 'carl', email: 'carl@example.com', name: null, passwordHash: 'carl-hash', isAdmin: false };
const change = (userId: string, members: object) => ({ userId, ifMatch: null, ...members });
const remove = (userId: string, ifMatch: number | null = null) => ({ userId, ifMatch });
const logIn = (machine: Machine, userId: string) =>
  machine.run(beginSession, {
    ...{ familyId: `login of ${userId}`, userId, tokenHash: `${userId}-token`, ttlMs: 60_000 },
    checkedPasswordHash: `${userId}-hash`,
  });
const loginsOf = (machine: Machine) => Array.from(machine.state.of(refreshFamilies).all(), ({ userId }) => userId);

describe('a user', () => {
  it('is created, and the hash of the password is told nobody', () => {
    const machine = aMachineWithUsers();
    const { outcome, events, changes } = machine.append(createUser, carl, asRoot);
    const { userId: id, passwordHash, ...told } = carl;
    expect(outcome).toMatchObject({ status: 'applied', result: { id, ...told, createdBy: 'root' } });
    expect(events).toMatchObject([{ type: 'user.created', payload: { user: { id, ...told } } }]);
    expect(machine.state.of(users).get('carl')).toMatchObject({ passwordHash });
    const shown = [outcome, events, changes.filter(({ table }) => table.kind === 'history')];
    expect(JSON.stringify(shown)).not.toContain('carl-hash');
  });

  it('is changed in what is named and keeps the rest; the event holds what it is now', () => {
    const machine = aMachineWithUsers();
    const { outcome, events } = machine.append(updateUser, change('adam', { name: 'Adam' }), asAdam);
    const now = { id: 'adam', email: 'adam@example.com', name: 'Adam', isAdmin: false, updatedBy: 'adam' };
    expect(outcome).toMatchObject({ status: 'applied', result: now });
    expect(events).toMatchObject([{ type: 'user.updated', payload: { user: now } }]);
    expect(JSON.stringify([outcome, events])).not.toContain('adam-hash');
    expect(machine.state.of(users).get('adam')).toMatchObject({ ...now, passwordHash: 'adam-hash' });
  });

  it('has an e-mail address of its own, which is free again when it is changed or the user deleted', () => {
    const machine = aMachineWithUsers();
    const email = 'adam@example.com';
    expect(machine.refused(createUser, { ...carl, email }, asRoot)).toBe('email-taken');
    expect(machine.refused(updateUser, change('vic', { email }), asRoot)).toBe('email-taken');
    machine.run(updateUser, change('adam', { email }), asRoot);
    machine.run(updateUser, change('adam', { email: 'other@example.com' }), asRoot);
    machine.run(updateUser, change('vic', { email }), asRoot);
    machine.run(deleteUser, remove('vic'), asRoot);
    machine.run(createUser, { ...carl, email }, asRoot);
  });

  it('goes with every role and login, and those of others stay', () => {
    const machine = aMachineWithMembers();
    logIn(machine, 'adam');
    logIn(machine, 'vic');
    const { outcome, events } = machine.append(deleteUser, remove('adam'), asRoot);
    expect(outcome).toMatchObject({ status: 'applied', result: null });
    expect(events).toMatchObject([{ type: 'user.deleted', payload: { userId: 'adam' } }]);
    expect(machine.state.of(users).get('adam')).toBeUndefined();
    expect(loginsOf(machine)).toEqual(['vic']);
    expect(Array.from(machine.state.of(roles).all(), ({ userId }) => userId).sort()).toEqual(['edith', 'vic']);
    expect(machine.refused(deleteUser, remove('adam'), asRoot)).toBe('user-not-found');
    expect(machine.refused(updateUser, change('adam', { name: 'Eve' }), asRoot)).toBe('user-not-found');
    expect(machine.refused(updateUser, change('adam', { name: 'Eve' }), asAdam)).toBe('unauthenticated');
  });

  it('is changed and deleted only as the one that the caller saw', () => {
    const machine = aMachineWithUsers();
    const { modIndex } = machine.run(updateUser, change('adam', { name: 'Adam' }), asRoot);
    expect(machine.refused(updateUser, { userId: 'adam', ifMatch: modIndex - 1 }, asRoot)).toBe('version-conflict');
    expect(machine.refused(deleteUser, remove('adam', modIndex - 1), asRoot)).toBe('version-conflict');
    machine.run(deleteUser, remove('adam', modIndex), asRoot);
  });

  it('is created and deleted by system administrators alone, and changed by those and the user', () => {
    const machine = aMachineWithUsers();
    expect(machine.refused(createUser, carl, asAdam)).toBe('forbidden');
    expect(machine.refused(deleteUser, remove('adam'), asAdam)).toBe('forbidden');
    expect(machine.refused(updateUser, change('vic', { name: 'Vic' }), asAdam)).toBe('forbidden');
    machine.run(updateUser, change('adam', { name: 'Adam' }), asAdam);
    machine.run(updateUser, change('adam', { name: null }), asRoot);
  });
});

describe('a password', () => {
  it('is not changed by who proved to know one that has been changed meanwhile', () => {
    const machine = aMachineWithUsers();
    const asSeen = { checkedPasswordHash: 'adam-hash' };
    machine.run(updateUser, change('adam', { ...asSeen, passwordHash: 'second' }), asAdam);
    const late = change('adam', { ...asSeen, passwordHash: 'third', name: 'Eve' });
    expect(machine.refused(updateUser, late, asAdam)).toBe('invalid-credentials');
    expect(machine.state.of(users).get('adam')).toMatchObject({ passwordHash: 'second', name: null });
    machine.run(updateUser, change('adam', { checkedPasswordHash: 'second', passwordHash: 'third' }), asAdam);
  });

  it('ends every login of its user when it is changed, and another change ends none', () => {
    const machine = aMachineWithUsers();
    logIn(machine, 'adam');
    logIn(machine, 'vic');
    machine.run(updateUser, change('adam', { name: 'Adam', email: 'other@example.com' }), asAdam);
    expect(loginsOf(machine).sort()).toEqual(['adam', 'vic']);
    machine.run(updateUser, change('adam', { passwordHash: 'second' }), asRoot);
    expect(loginsOf(machine)).toEqual(['vic']);
  });
});

describe('a system administrator', () => {
  it('is the first user, and nobody is when there is anybody', () => {
    const machine = aMachineWithUsers();
    const late = { userId: 'late', email: 'late@example.com', passwordHash: 'late-hash' };
    const { outcome, events } = machine.append(createFirstAdmin, late);
    expect(outcome).toMatchObject({ status: 'applied', result: { created: false } });
    expect(events).toEqual([]);
    expect(machine.state.of(users).get('root')).toMatchObject({ isAdmin: true });
    expect(machine.state.of(users).get('late')).toBeUndefined();
  });

  it('is appointed and dismissed by another one alone, never by the user', () => {
    const machine = aMachineWithUsers();
    expect(machine.refused(updateUser, change('adam', { isAdmin: true, name: 'Adam' }), asAdam)).toBe('forbidden');
    expect(machine.state.of(users).get('adam')).toMatchObject({ isAdmin: false, name: null });
    // What says no more than what is so appoints nobody.
    machine.run(updateUser, change('adam', { isAdmin: false }), asAdam);
    machine.run(updateUser, change('adam', { isAdmin: true }), asRoot);
    machine.run(createUser, carl, asAdam);
  });

  it('always remains: the last one is neither dismissed nor deleted', () => {
    const machine = aMachineWithUsers();
    expect(machine.refused(updateUser, change('root', { isAdmin: false }), asRoot)).toBe('last-admin');
    expect(machine.refused(deleteUser, remove('root'), asRoot)).toBe('last-admin');
    machine.run(updateUser, change('adam', { isAdmin: true }), asRoot);
    machine.run(deleteUser, remove('root'), asRoot);
    expect(machine.refused(deleteUser, remove('adam'), asAdam)).toBe('last-admin');
  });

  it('who is dismissed is logged out and may nothing of it any more', () => {
    const machine = aMachineWithUsers();
    machine.run(updateUser, change('adam', { isAdmin: true }), asRoot);
    logIn(machine, 'adam');
    machine.run(updateUser, change('adam', { isAdmin: false }), asRoot);
    expect(loginsOf(machine)).toEqual([]);
    expect(machine.refused(createUser, carl, asAdam)).toBe('forbidden');
  });
});
