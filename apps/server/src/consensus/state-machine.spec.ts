import { aMachine } from '../../../../test/support/state-machine';
import type { UserEntity } from '../users/user.entity';
import { createFirstAdmin } from '../users/commands/create-first-admin.command';
import { createUser } from '../users/commands/create-user.command';
import { deleteUser } from '../users/commands/delete-user.command';
import { updateUser } from '../users/commands/update-user.command';
import { usersFeature } from '../users/users.feature';
import { users } from '../users/users.table';
import { defineCommand, theSystem } from './command';
import { CommandRegistry } from './command.registry';
import { encodeEnvelope } from './envelope';
import { StateMachine } from './state-machine';

const brokenCommand = defineCommand<{ userId: string }, null>({
  type: 'test.break',
  version: 1,
  requires: theSystem,
  apply(state, { userId }) {
    state.of(users).delete(userId);
    throw new TypeError('a bug in an applier');
  },
  audit: ({ userId }) => ({ subject: { type: 'user', id: userId }, summary: 'break' }),
});

function aMachineWithAdmin() {
  const machine = aMachine(usersFeature, { commands: [brokenCommand] });
  machine.run(createFirstAdmin, { userId: 'root', email: 'root@example.com', passwordHash: 'x' });
  return machine;
}

const ada = { userId: 'ada', email: 'ada@example.com', name: 'Ada', passwordHash: 'x', isAdmin: false };
const asRoot = { actor: 'root' };

describe('the state machine', () => {
  it('keeps the row, its audit record, its outcome and its event of an applied command', () => {
    const machine = aMachineWithAdmin();
    const applied = machine.append(createUser, ada, asRoot);
    expect(applied.outcome).toMatchObject({ status: 'applied', result: { id: 'ada', modIndex: 2, createdBy: 'root' } });
    expect(applied.changes.map(({ table }) => table.name)).toEqual(['users', 'audit_records', 'command_outcomes']);
    expect(applied.events).toMatchObject([
      { type: 'user.created', index: 2, actorId: 'root', payload: { user: { id: 'ada' } } },
    ]);
    expect(JSON.stringify(applied.events)).not.toContain('passwordHash');
    expect(JSON.stringify(applied.outcome)).not.toContain('passwordHash');
  });

  it('drops the changes of a rejected command, but records that it was rejected', () => {
    const machine = aMachineWithAdmin();
    const rowHash = machine.machine.position.rowHash;
    const rejected = machine.append(createUser, { ...ada, email: 'root@example.com' }, asRoot);
    expect(rejected.outcome).toEqual({ status: 'rejected', code: 'email-taken', detail: {} });
    expect(rejected.events).toEqual([]);
    expect(rejected.changes.map(({ table }) => table.name)).toEqual(['audit_records', 'command_outcomes']);
    expect(rejected.changes[0]?.after).toMatchObject({ outcome: 'rejected', code: 'email-taken', subjectId: 'ada' });
    expect(machine.machine.position).toMatchObject({ index: 2, rowHash });
  });

  it('gives a repeated command its first outcome and records nothing', () => {
    const machine = aMachineWithAdmin();
    const first = machine.append(createUser, ada, { ...asRoot, id: 'once' });
    const audit = machine.machine.position.auditHead;
    const again = machine.append(createUser, ada, { ...asRoot, id: 'once' });
    expect(again).toMatchObject({ duplicate: true, changes: [], events: [], outcome: first.outcome });
    expect(machine.machine.position.auditHead).toEqual(audit);
  });

  it('refuses another request under a command id that was used', () => {
    const machine = aMachineWithAdmin();
    machine.append(createUser, ada, { ...asRoot, id: 'once', fingerprint: 'one' });
    expect(
      machine.refused(createUser, { ...ada, email: 'b@example.com' }, { ...asRoot, id: 'once', fingerprint: 'two' }),
    ).toBe('idempotency-mismatch');
  });

  it('refuses a command born before the exactly-once window, whose first outcome may be forgotten', () => {
    const registry = new CommandRegistry(usersFeature);
    const machine = new StateMachine(registry, { windowLength: 4 });
    const entry = (index: number, id: string, birthIndex: number) => ({
      index,
      term: 1,
      at: index,
      data: encodeEnvelope({
        id,
        type: 'user.create-first-admin',
        version: 1,
        actor: null,
        requestId: id,
        trace: null,
        fingerprint: id,
        birthIndex,
        payload: { userId: id, email: id, passwordHash: 'x' },
      }),
    });
    for (let index = 1; index <= 6; index++) machine.apply(entry(index, `c${index}`, index - 1));
    expect(machine.window.size).toBe(4);
    expect(machine.apply(entry(7, 'c1', 0)).outcome).toMatchObject({ status: 'rejected', code: 'outcome-unknown' });
    expect(machine.apply(entry(8, 'c6', 5))).toMatchObject({ duplicate: true });
  });

  it('checks the permission again, so a right lost after the guard is lost', () => {
    const machine = aMachineWithAdmin();
    machine.run(createUser, { ...ada, isAdmin: true }, asRoot);
    machine.run(updateUser, { userId: 'ada', isAdmin: false, ifMatch: null }, asRoot);
    expect(machine.refused(createUser, { ...ada, userId: 'bob', email: 'b@example.com' }, { actor: 'ada' })).toBe(
      'forbidden',
    );
    machine.run(deleteUser, { userId: 'ada', ifMatch: null }, asRoot);
    expect(machine.refused(updateUser, { userId: 'ada', name: 'x', ifMatch: null }, { actor: 'ada' })).toBe(
      'unauthenticated',
    );
  });

  it('halts on an exception in an applier and on a command that this build does not know', () => {
    const machine = aMachineWithAdmin();
    expect(() => machine.append(brokenCommand, { userId: 'root' })).toThrow('a bug in an applier');
    const other = aMachineWithAdmin();
    expect(() => other.append({ type: 'user.create', version: 2 }, ada, asRoot)).toThrow(
      'user.create@2 at index 2, which this build does not know',
    );
  });

  it('rehearses without a trace, also when the rehearsal throws', () => {
    const { machine } = aMachineWithAdmin();
    const before = { ...machine.position };
    const envelope = { id: 'r', actor: null, requestId: 'r', trace: null, fingerprint: 'r', birthIndex: 1 };
    expect(() =>
      machine.rehearse({ ...envelope, type: 'test.break', version: 1, payload: { userId: 'root' } }, 0),
    ).toThrow('a bug in an applier');
    const rehearsed = (payload: object) =>
      machine.rehearse({ ...envelope, actor: 'root', type: 'user.create', version: 1, payload }, 0);
    expect(rehearsed(ada).map(({ table }) => table.name)).toEqual(['users', 'audit_records']);
    // A rejection leaves a record as well, and the database has to be able to hold that.
    const rejected = rehearsed({ ...ada, email: 'root@example.com' });
    expect(rejected.map(({ after }) => after)).toMatchObject([{ subjectId: 'ada', outcome: 'rejected' }]);
    expect(machine.position).toEqual(before);
    expect(machine.state.of(users).get('root')).toBeDefined();
    expect(machine.state.of(users).find('email', 'root@example.com')).toBeDefined();
    expect(machine.state.of(users).get('ada')).toBeUndefined();
  });

  it('chains the audit records from the first on', () => {
    const machine = aMachineWithAdmin();
    const second = machine.append(createUser, ada, asRoot);
    const third = machine.append(deleteUser, { userId: 'ada', ifMatch: null }, asRoot);
    const record = (changes: typeof second.changes) =>
      changes.find(({ table }) => table.name === 'audit_records')?.after as { hash: string; previousHash: string };
    expect(record(third.changes).previousHash).toBe(record(second.changes).hash);
    expect(machine.machine.position.auditHead).toEqual({ index: 3, hash: record(third.changes).hash });
  });

  it('does not apply an entry out of order', () => {
    const machine = aMachineWithAdmin();
    expect(() => machine.machine.apply({ index: 5, term: 1, at: 0, data: null })).toThrow(
      'entry 5 does not follow index 1',
    );
  });

  it('has the same hash as a second machine with the same log', () => {
    const machine = aMachineWithAdmin();
    machine.run(createUser, ada, asRoot);
    machine.attempt(createUser, ada, asRoot);
    machine.run(updateUser, { userId: 'ada', email: 'countess@example.com', ifMatch: null }, { actor: 'ada' });
    const second = aMachine(usersFeature, { commands: [brokenCommand] });
    for (const entry of machine.log) second.machine.apply(entry);
    expect(second.machine.hash).toBe(machine.machine.hash);
    const emails = (state: typeof second.state) => [...state.of(users).all()].map(({ email }: UserEntity) => email);
    expect(emails(second.state)).toEqual(emails(machine.state));
  });
});
