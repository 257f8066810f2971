import { aMachineWithMembers, aProject, asRoot } from '../../../../test/support/members';
import { auditReader } from '../audit/audit.permissions';
import { Rejected } from '../common/rejected';
import type { Permission, PermissionSubject } from '../consensus/command';
import { deleteProject } from '../projects/commands/delete-project.command';
import { deleteUser } from '../users/commands/delete-user.command';
import { changeRole } from './commands/change-role.command';
import { grantRole } from './commands/grant-role.command';
import { revokeRole } from './commands/revoke-role.command';
import { includesRole, roleNames } from './role.rules';
import { projectRole, systemAdminOfProject } from './roles.permissions';
import { roles } from './roles.table';

const grant = { projectId: 'shop', userId: 'stan', role: 'viewer' } as const;
const change = { projectId: 'shop', userId: 'vic', role: 'editor', ifMatch: null } as const;
const revoke = { projectId: 'shop', userId: 'vic', ifMatch: null };
const asAdam = { actor: 'adam' };

describe('roles', () => {
  it('include the lesser ones', () => {
    const included = roleNames.map((held) => roleNames.filter((needed) => includesRole(held, needed)));
    expect(included).toEqual([['admin', 'editor', 'viewer'], ['editor', 'viewer'], ['viewer']]);
  });

  it('are granted, with the stamp and the e-mail of their user', () => {
    const machine = aMachineWithMembers();
    const { outcome, events } = machine.append(grantRole, grant, asAdam);
    const row = { projectId: 'shop', userId: 'stan', role: 'viewer', createdBy: 'adam', modIndex: machine.index };
    expect(outcome).toMatchObject({ status: 'applied', result: { ...row, email: 'stan@example.com' } });
    expect(machine.state.of(roles).get('shop', 'stan')).toMatchObject(row);
    expect(events).toMatchObject([{ type: 'role.granted', payload: { role: row } }]);
  });

  it('are granted once, to users there are, in projects there are', () => {
    const machine = aMachineWithMembers();
    expect(machine.refused(grantRole, { ...grant, userId: 'vic' }, asAdam)).toBe('role-exists');
    expect(machine.refused(grantRole, { ...grant, userId: 'nobody' }, asAdam)).toBe('user-not-found');
    expect(machine.refused(grantRole, { ...grant, projectId: 'nothing' }, asRoot)).toBe('project-not-found');
  });

  it('are changed and keep who made them', () => {
    const machine = aMachineWithMembers();
    expect(machine.run(changeRole, change, asAdam)).toMatchObject({
      role: 'editor',
      email: 'vic@example.com',
      createdBy: 'root',
      updatedBy: 'adam',
    });
    expect(machine.refused(changeRole, { ...change, userId: 'stan' }, asAdam)).toBe('role-not-found');
    expect(machine.refused(changeRole, { ...change, ifMatch: 1 }, asAdam)).toBe('version-conflict');
  });

  it('are revoked, and whoever lost one sees the project no more', () => {
    const machine = aMachineWithMembers();
    machine.run(revokeRole, { ...revoke, userId: 'adam' }, asAdam);
    expect(machine.refused(revokeRole, revoke, asAdam)).toBe('project-not-found');
    expect(machine.refused(revokeRole, { ...revoke, userId: 'adam' }, asRoot)).toBe('role-not-found');
    expect(machine.refused(revokeRole, { ...revoke, ifMatch: 1 }, asRoot)).toBe('version-conflict');
  });

  it.each(['edith', 'vic'])('are not for %s to give, change or take', (actor) => {
    const machine = aMachineWithMembers();
    expect(machine.refused(grantRole, grant, { actor })).toBe('forbidden');
    expect(machine.refused(changeRole, change, { actor })).toBe('forbidden');
    expect(machine.refused(revokeRole, revoke, { actor })).toBe('forbidden');
  });

  it('go with their user and with their project', () => {
    const machine = aMachineWithMembers();
    machine.run(deleteUser, { userId: 'vic', ifMatch: null }, asRoot);
    expect(Array.from(machine.state.of(roles).all(), ({ userId }) => userId)).toEqual(['adam', 'edith']);
    machine.run(deleteProject, { projectId: 'shop', ifMatch: null }, asRoot);
    expect(machine.state.of(roles).size).toBe(0);
  });
});

describe('the permissions of projects', () => {
  const machine = aMachineWithMembers();
  aProject(machine, 'other');
  const judge = (permission: Permission, actorId: string | null, subject: PermissionSubject): string => {
    try {
      machine.machine.registry.checkPermission(machine.state, permission, actorId, subject);
      return 'allowed';
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return error.code;
    }
  };
  const actors = ['root', 'adam', 'edith', 'vic', 'stan', 'deleted', null];
  const [yes, no, hidden, nobody] = ['allowed', 'forbidden', 'project-not-found', 'unauthenticated'];

  it.each([
    ['viewer', projectRole('viewer'), [yes, yes, yes, yes, hidden, nobody, nobody]],
    ['editor', projectRole('editor'), [yes, yes, yes, no, hidden, nobody, nobody]],
    ['admin', projectRole('admin'), [yes, yes, no, no, hidden, nobody, nobody]],
    ['system administrator', systemAdminOfProject, [yes, no, no, no, hidden, nobody, nobody]],
    ['reader of the audit records', auditReader, [yes, yes, no, no, hidden, nobody, nobody]],
  ])('%s: root, admin, editor, viewer, stranger, deleted user, nobody', (_name, permission, expected) => {
    expect(actors.map((actor) => judge(permission, actor, { projectId: 'shop' }))).toEqual(expected);
  });

  it('in another project are those of a stranger', () => {
    for (const role of roleNames) expect(judge(projectRole(role), 'adam', { projectId: 'other' })).toBe(hidden);
  });

  it('hide a missing project from everyone alike, and tell nobody without a login', () => {
    expect(actors.map((actor) => judge(projectRole('viewer'), actor, { projectId: 'nothing' }))).toEqual(
      actors.map((actor) => (actor === null || actor === 'deleted' ? nobody : hidden)),
    );
  });

  it('name the role that is needed', () => {
    const check = () =>
      machine.machine.registry.checkPermission(machine.state, projectRole('editor'), 'vic', { projectId: 'shop' });
    expect(check).toThrow('This needs the role editor in the project.');
  });

  it('let only system administrators read all audit records, and those of a deleted project', () => {
    expect(actors.map((actor) => judge(auditReader, actor, {}))).toEqual([yes, no, no, no, no, nobody, nobody]);
    expect(judge(auditReader, 'root', { projectId: 'deleted' })).toBe(yes);
    expect(judge(auditReader, 'adam', { projectId: 'deleted' })).toBe(hidden);
  });
});
