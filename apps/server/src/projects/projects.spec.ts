import { aMachineWithMembers, aProject, asRoot } from '../../../../test/support/members';
import type { MachineWithLog } from '../../../../test/support/state-machine';
import { roles } from '../roles/roles.table';
import { createProject } from './commands/create-project.command';
import { deleteProject } from './commands/delete-project.command';
import { expireApiKeys } from './commands/expire-api-keys.command';
import { regenerateApiKey } from './commands/regenerate-api-key.command';
import { updateProject } from './commands/update-project.command';
import { maxKeysInGrace } from './project.rules';
import { apiKeys, projects } from './projects.table';

const asAdam = { actor: 'adam' };
const noon = Date.UTC(2026, 5, 1, 12);
const bank = { projectId: 'bank', name: 'bank', description: null, apiKeyHash: 'bank-key', apiKeyHint: 'hint' };
const replace = (apiKeyHash: string, graceMs = 0) => ({
  projectId: 'shop',
  apiKeyHash,
  apiKeyHint: apiKeyHash.slice(-4),
  graceMs,
  ifMatch: null,
});
const keysOf = (machine: MachineWithLog, projectId = 'shop') =>
  Object.fromEntries(
    Array.from(machine.state.of(apiKeys).list('byProject', [projectId]), ({ hash, expiresAt }) => [hash, expiresAt]),
  );

describe('a project', () => {
  it('is created with its key, of which only the hash is kept and neither is told', () => {
    const machine = aMachineWithMembers();
    const { outcome, events, changes } = machine.append(createProject, bank, asRoot);
    const row = { id: 'bank', name: 'bank', description: null, apiKeyHint: 'hint', createdBy: 'root' };
    expect(outcome).toMatchObject({ status: 'applied', result: row });
    expect(events).toMatchObject([{ type: 'project.created', payload: { project: row } }]);
    expect(keysOf(machine, 'bank')).toEqual({ 'bank-key': null });
    const told = [outcome, events, changes.filter(({ table }) => table.kind === 'history')];
    expect(JSON.stringify(told)).not.toContain('bank-key');
  });

  it('has a name of its own, which is free again when it is renamed or deleted', () => {
    const machine = aMachineWithMembers();
    const rename = (name: string) => ({ projectId: 'bank', name, ifMatch: null });
    machine.run(createProject, bank, asRoot);
    expect(machine.refused(createProject, { ...bank, projectId: 'again' }, asRoot)).toBe('name-taken');
    expect(machine.refused(updateProject, rename('project shop'), asRoot)).toBe('name-taken');
    machine.run(updateProject, rename('bank'), asRoot);
    machine.run(updateProject, rename('vault'), asRoot);
    machine.run(createProject, { ...bank, projectId: 'again', apiKeyHash: 'other' }, asRoot);
    machine.run(deleteProject, { projectId: 'again', ifMatch: null }, asRoot);
    machine.run(updateProject, rename('bank'), asRoot);
  });

  it('keeps what a change leaves out', () => {
    const machine = aMachineWithMembers();
    machine.run(updateProject, { projectId: 'shop', description: 'sells', ifMatch: null }, asAdam);
    expect(machine.run(updateProject, { projectId: 'shop', name: 'store', ifMatch: null }, asAdam)).toMatchObject({
      name: 'store',
      description: 'sells',
      createdBy: 'root',
      updatedBy: 'adam',
      modIndex: machine.index,
    });
    expect(machine.run(updateProject, { projectId: 'shop', description: null, ifMatch: null }, asAdam)).toMatchObject({
      description: null,
    });
  });

  it('is changed and deleted only as the one that the caller saw', () => {
    const machine = aMachineWithMembers();
    const { modIndex } = machine.run(updateProject, { projectId: 'shop', name: 'store', ifMatch: null }, asAdam);
    const stale = { projectId: 'shop', ifMatch: modIndex - 1 };
    expect(machine.refused(updateProject, stale, asRoot)).toBe('version-conflict');
    expect(machine.refused(deleteProject, stale, asRoot)).toBe('version-conflict');
    expect(machine.refused(regenerateApiKey, { ...replace('next'), ...stale }, asRoot)).toBe('version-conflict');
    machine.run(deleteProject, { projectId: 'shop', ifMatch: modIndex }, asRoot);
  });

  it('takes roles and keys with it and leaves those of others', () => {
    const machine = aMachineWithMembers();
    aProject(machine, 'other');
    const { events } = machine.append(deleteProject, { projectId: 'shop', ifMatch: null }, asRoot);
    expect(events).toMatchObject([{ type: 'project.deleted', payload: { projectId: 'shop' } }]);
    expect(Array.from(machine.state.of(projects).all(), ({ id }) => id)).toEqual(['other']);
    expect(machine.state.of(roles).size).toBe(0);
    expect(Array.from(machine.state.of(apiKeys).all(), ({ hash }) => hash)).toEqual(['other-key']);
  });

  it.each([
    ['adam', 'forbidden', 'applied', 'forbidden'],
    ['edith', 'forbidden', 'forbidden', 'forbidden'],
    ['stan', 'forbidden', 'project-not-found', 'project-not-found'],
  ])('as %s: create %s, change %s, delete %s', (actor, create, change, remove) => {
    const machine = aMachineWithMembers();
    const codeOf = (outcome: { status: string; code?: string }) => outcome.code ?? outcome.status;
    expect(codeOf(machine.attempt(createProject, bank, { actor }))).toBe(create);
    const update = { projectId: 'shop', name: 'store', ifMatch: null };
    expect(codeOf(machine.attempt(updateProject, update, { actor }))).toBe(change);
    expect(codeOf(machine.attempt(regenerateApiKey, replace('next'), { actor }))).toBe(change);
    expect(codeOf(machine.attempt(deleteProject, { projectId: 'shop', ifMatch: null }, { actor }))).toBe(remove);
  });
});

describe('an API key', () => {
  it('is replaced at once without a grace period, and every older one with it', () => {
    const machine = aMachineWithMembers();
    machine.run(regenerateApiKey, replace('second', 60_000), asAdam);
    expect(machine.run(regenerateApiKey, replace('third'), asAdam)).toEqual({
      apiKeyHint: 'hird',
      previousKeyExpiresAt: null,
    });
    expect(keysOf(machine)).toEqual({ third: null });
    expect(machine.state.of(projects).get('shop')).toMatchObject({ apiKeyHint: 'hird', updatedBy: 'adam' });
  });

  it('goes on until the end that was promised, counted from the entry', () => {
    const machine = aMachineWithMembers();
    expect(machine.run(regenerateApiKey, replace('second', 60_000), { ...asAdam, at: noon })).toEqual({
      apiKeyHint: 'cond',
      previousKeyExpiresAt: '2026-06-01T12:01:00.000Z',
    });
    machine.run(regenerateApiKey, replace('third', 1000), { ...asAdam, at: noon });
    expect(keysOf(machine)).toEqual({
      'shop-key': '2026-06-01T12:01:00.000Z',
      second: '2026-06-01T12:00:01.000Z',
      third: null,
    });
  });

  it('never has more than a few predecessors in their grace period: the one that ends first goes', () => {
    const machine = aMachineWithMembers();
    for (let n = 1; n <= maxKeysInGrace + 1; n += 1)
      machine.run(regenerateApiKey, replace(`k${n}`, n * 60_000), { ...asAdam, at: noon });
    const kept = Object.keys(keysOf(machine)).sort();
    expect(kept).toEqual(Array.from({ length: maxKeysInGrace + 1 }, (_, n) => `k${n + 1}`));
  });

  it('ends by the time of the entry, on every node at the same index', () => {
    const machine = aMachineWithMembers();
    machine.run(regenerateApiKey, replace('second', 60_000), { ...asAdam, at: noon });
    const expire = { projectId: 'shop' };
    expect(machine.run(expireApiKeys, expire, { at: noon + 59_999 })).toEqual({ expired: 0 });
    const { outcome, events } = machine.append(expireApiKeys, expire, { at: noon + 60_000 });
    expect(outcome).toMatchObject({ result: { expired: 1 } });
    expect(events).toMatchObject([{ type: 'api-key.expired', payload: { projectId: 'shop', expired: 1 } }]);
    expect(keysOf(machine)).toEqual({ second: null });
    expect(machine.run(expireApiKeys, { projectId: 'gone' })).toEqual({ expired: 0 });
  });

  it("is never a user's to expire", () => {
    expect(() => aMachineWithMembers().attempt(expireApiKeys, { projectId: 'shop' }, asRoot)).toThrow(
      'the node itself',
    );
  });
});
