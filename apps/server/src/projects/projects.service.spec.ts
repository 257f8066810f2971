import { aConsensus, aContext } from '../../../../test/support/consensus';
import { aMachineWithMembers, aProject, asRoot } from '../../../../test/support/members';
import type { Environment } from '../common/env';
import type { PageQuery, SearchQuery } from '../common/http/page';
import { grantRole } from '../roles/commands/grant-role.command';
import { RolesService } from '../roles/roles.service';
import { MembershipsService } from './memberships.service';
import { ProjectsService } from './projects.service';
import { deleteUser } from '../users/commands/delete-user.command';

const environment = { maxResponseBytes: 1_000_000 } as Environment;
const as = (actorId: string, idempotencyKey?: string) =>
  aContext({ actorId, ...(idempotencyKey && { commandId: idempotencyKey, fingerprint: idempotencyKey }) });
const page = (query: Partial<SearchQuery> = {}) => ({ limit: 50, ...query }) as SearchQuery & PageQuery;

function services() {
  const machine = aMachineWithMembers();
  const { consensus } = aConsensus(machine);
  return {
    machine,
    projects: new ProjectsService(consensus, environment),
    roles: new RolesService(consensus, environment),
    memberships: new MembershipsService(consensus, environment),
  };
}

describe('the list of projects', () => {
  it('holds what the caller may see, page by page', () => {
    const { machine, projects } = services();
    for (const id of ['a', 'b', 'c', 'z']) aProject(machine, id);
    for (const projectId of ['a', 'z']) machine.run(grantRole, { projectId, userId: 'vic', role: 'editor' }, asRoot);
    const idsOf = (actor: string) => {
      const ids: string[][] = [];
      let cursor: string | null = null;
      do {
        const { items, nextCursor } = projects.list(page({ limit: 2, cursor: cursor ?? undefined }), as(actor));
        ids.push(items.map(({ id }) => id));
        cursor = nextCursor;
      } while (cursor !== null);
      return ids;
    };
    expect(idsOf('root')).toEqual([['a', 'b'], ['c', 'shop'], ['z']]);
    expect(idsOf('vic')).toEqual([['a', 'shop'], ['z']]);
    expect(idsOf('stan')).toEqual([[]]);
  });

  it('shows the role of the caller and is searched by name and description', () => {
    const { machine, projects } = services();
    aProject(machine, 'bank');
    expect(projects.list(page(), as('vic')).items).toMatchObject([{ id: 'shop', myRole: 'viewer' }]);
    expect(projects.list(page({ q: 'SHOP' }), as('root')).items).toMatchObject([{ id: 'shop', myRole: null }]);
    expect(projects.list(page({ q: 'nothing' }), as('root')).items).toEqual([]);
  });

  it('refuses a cursor that is none', () => {
    expect(() => services().projects.list(page({ cursor: 'x' }), as('root'))).toThrow('validation-failed');
  });
});

describe('projects', () => {
  it('show their key once: a repeated request gets the first outcome without it', async () => {
    const { projects } = services();
    const dto = { name: '  bank\t', description: 'money' };
    const first = await projects.create(dto, as('root', 'once'));
    const { apiKey, ...shown } = first;
    expect(apiKey).toMatch(/^cfg_/);
    expect(shown).toMatchObject({ name: 'bank', description: 'money', myRole: null, apiKeyHint: apiKey?.slice(-4) });
    expect(await projects.create(dto, as('root', 'once'))).toEqual(shown);
  });

  it('say when the replaced key ends, and do not show the new one twice', async () => {
    const { projects } = services();
    const first = await projects.regenerateApiKey('shop', { gracePeriodSeconds: 60 }, as('adam', 'once'));
    expect(first).toMatchObject({ apiKey: expect.stringMatching(/^cfg_/), previousKeyExpiresAt: expect.any(String) });
    const again = await projects.regenerateApiKey('shop', { gracePeriodSeconds: 60 }, as('adam', 'once'));
    expect(again).toEqual({ apiKeyHint: first.apiKeyHint, previousKeyExpiresAt: first.previousKeyExpiresAt });
    expect(await projects.regenerateApiKey('shop', {}, as('adam'))).toMatchObject({ previousKeyExpiresAt: null });
  });

  it('tell each caller what they may do, more with each role', () => {
    const { projects } = services();
    const of = (actor: string) => projects.permissions('shop', as(actor));
    expect(of('vic')).toMatchObject({ role: 'viewer', isAdmin: false });
    expect(of('root')).toMatchObject({ role: null, isAdmin: true });
    const [vic, edith, adam, root] = ['vic', 'edith', 'adam', 'root'].map((actor) => of(actor).permissions);
    expect(vic).toEqual(['project.read', 'role.read', 'config.read', 'config.validate']);
    expect(edith).toEqual([...(vic ?? []), 'config.update']);
    expect(adam).toEqual(expect.arrayContaining([...(edith ?? []), 'config.create', 'role.grant', 'audit.read']));
    expect(root).toEqual([...(adam ?? []), 'project.delete']);
    expect(() => of('stan')).toThrow('project-not-found');
  });
});

describe('the members of a project', () => {
  it('are listed with their e-mails, page by page', () => {
    const { roles } = services();
    const first = roles.list('shop', page({ limit: 2 }));
    expect(first.items).toMatchObject([
      { userId: 'adam', email: 'adam@example.com', role: 'admin' },
      { userId: 'edith', role: 'editor' },
    ]);
    const rest = roles.list('shop', page({ limit: 2, cursor: first.nextCursor ?? '' }));
    expect(rest).toMatchObject({ items: [{ userId: 'vic' }], nextCursor: null });
  });

  it('are added by id or by e-mail, in any case, but not by both or neither', async () => {
    const { roles } = services();
    const wrong = { code: 'validation-failed' };
    await expect(roles.grant('shop', { role: 'viewer' }, as('adam'))).rejects.toMatchObject(wrong);
    const both = { userId: 'stan', email: 'stan@example.com', role: 'viewer' } as const;
    await expect(roles.grant('shop', both, as('adam'))).rejects.toMatchObject(wrong);
    const unknown = { email: 'nobody@example.com', role: 'viewer' } as const;
    await expect(roles.grant('shop', unknown, as('adam'))).rejects.toMatchObject({ code: 'user-not-found' });
    const granted = await roles.grant('shop', { email: ' Stan@Example.com', role: 'viewer' }, as('adam'));
    expect(granted).toMatchObject({ userId: 'stan', email: 'stan@example.com', role: 'viewer' });
  });

  it('answer a repeated request as the first, also when the user is gone by then', async () => {
    const { machine, roles } = services();
    const dto = { email: 'stan@example.com', role: 'viewer' } as const;
    const first = await roles.grant('shop', dto, as('adam', 'once'));
    machine.run(deleteUser, { userId: 'stan', ifMatch: null }, asRoot);
    expect(await roles.grant('shop', dto, as('adam', 'once'))).toEqual(first);
  });
});

describe('the roles of a user', () => {
  it('name their projects, in the list and in what users see of themselves', () => {
    const { machine, memberships } = services();
    aProject(machine, 'bank');
    machine.run(grantRole, { projectId: 'bank', userId: 'vic', role: 'admin' }, asRoot);
    const bank = { projectId: 'bank', projectName: 'project bank', role: 'admin' };
    const shop = { projectId: 'shop', projectName: 'project shop', role: 'viewer' };
    expect(memberships.me(as('vic'))).toMatchObject({ id: 'vic', email: 'vic@example.com', roles: [bank, shop] });
    expect(memberships.me(as('vic'))).not.toHaveProperty('passwordHash');
    const first = memberships.list('vic', page({ limit: 1 }));
    expect(first.items).toEqual([bank]);
    expect(memberships.list('vic', page({ cursor: first.nextCursor ?? '' }))).toEqual({
      items: [shop],
      nextCursor: null,
    });
    expect(() => memberships.list('nobody', page())).toThrow('user-not-found');
  });
});
