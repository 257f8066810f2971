import { aWorld } from '../../../../test/support/world';
import type { TestProject, TestSchema, World } from '../../../../test/support/world';

let world: World;
let project: TestProject;
let anything: TestSchema;
beforeAll(async () => {
  world = await aWorld({ MAX_RESPONSE_BYTES: '64KiB' });
  project = await world.aProject();
  anything = await world.aSchema({});
}, 60_000);
afterAll(() => world?.close());

const at = (path = '') => `/v1/projects/${project.id}/configs${path}`;
const add = (key: string, content: unknown = 1) => world.aConfig(project, anything, key, content);
const keys = async (query: string): Promise<string[]> => {
  const { body } = await world.asAdmin('get', at(`?${query}`)).expect(200);
  return (body.items as { key: string }[]).map(({ key }) => key);
};

describe('the list of configs', () => {
  it('finds text in keys and contents, and takes the characters of LIKE literally', async () => {
    await add('find.alpha', { text: '100% of it_all', path: 'C:\\temp' });
    await add('find.beta', { text: '100 of itxall' });
    await add('find.gamma-ALPHA', { nested: ['Alpha Centauri'] });
    await add('other.alpha');
    expect(await keys('q=ALPHA&prefix=find.')).toEqual(['find.alpha', 'find.gamma-ALPHA']);
    expect(await keys('q=alpha')).toEqual(['find.alpha', 'find.gamma-ALPHA', 'other.alpha']);
    expect(await keys('q=Centauri')).toEqual(['find.gamma-ALPHA']);
    expect(await keys(`q=${encodeURIComponent('100%')}`)).toEqual(['find.alpha']);
    expect(await keys('q=it_all')).toEqual(['find.alpha']);
    expect(await keys(`q=${encodeURIComponent('C:\\\\temp')}`)).toEqual(['find.alpha']);
    expect(await keys(`q=${encodeURIComponent("'; DROP TABLE configs; --")}`)).toEqual([]);
    expect(await keys('q=al&prefix=find.g')).toEqual(['find.gamma-ALPHA']);
    expect(await keys('q=Ce')).toEqual(['find.gamma-ALPHA']);
  });

  it('shows what was written a moment ago, and no longer what was changed', async () => {
    const { version } = await add('fresh', 'needle in a haystack');
    expect(await keys('q=needle')).toEqual(['fresh']);
    await world.asAdmin('put', at('/fresh')).send({ content: 'nothing', expectedVersion: version }).expect(200);
    expect(await keys('q=needle')).toEqual([]);
    await world.asAdmin('delete', at('/fresh')).expect(204);
    expect(await keys('q=nothing')).toEqual([]);
  });

  it.each(['prefix=page.', 'prefix=page.&q=same', 'prefix=page.&q=ag'])(
    'is walked through in pages: %s',
    async (query) => {
      if ((await keys('prefix=page.')).length === 0)
        for (const each of ['a', 'B', 'c', 'D', 'e']) await add(`page.${each}`, 'the same');
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await world
          .asAdmin('get', at(`?${query}&limit=2${cursor && `&cursor=${cursor}`}`))
          .expect(200);
        seen.push(...(body.items as { key: string }[]).map(({ key }) => key));
        cursor = body.nextCursor as string | null;
      }
      expect(seen).toEqual(['page.B', 'page.D', 'page.a', 'page.c', 'page.e']);
    },
  );

  it('has contents when asked, and stops before the answer grows too large', async () => {
    for (const each of ['a', 'b', 'c']) await add(`large.${each}`, each.repeat(30_000));
    const first = await world.asAdmin('get', at('?prefix=large.&include=content')).expect(200);
    expect((first.body.items as { content: string }[]).map(({ content }) => content[0])).toEqual(['a', 'b']);
    const rest = await world
      .asAdmin('get', at(`?prefix=large.&include=content&cursor=${first.body.nextCursor}`))
      .expect(200);
    expect(rest.body).toMatchObject({ items: [{ key: 'large.c' }], nextCursor: null });
    expect((await world.asAdmin('get', at('?prefix=large.'))).body.items[0]).not.toHaveProperty('content');
  });

  it('refuses a cursor that it did not give', async () => {
    const wrong = Buffer.from(JSON.stringify(['\u0000'])).toString('base64url');
    const { body } = await world.asAdmin('get', at(`?q=alpha&cursor=${wrong}`)).expect(400);
    expect(body).toMatchObject({ code: 'validation-failed', errors: [{ parameter: 'cursor' }] });
  });
});

describe('the history of a config', () => {
  it('lists, shows and compares versions, newest first, also after deletion', async () => {
    await add('story', { port: 1 });
    await world
      .asAdmin('put', at('/story'))
      .send({ content: { port: 2, host: 'a' }, expectedVersion: 1 })
      .expect(200);
    const back = await world
      .asAdmin('post', at('/story/rollback'))
      .send({ targetVersion: 1, expectedVersion: 2 })
      .expect(200);
    expect(back.body).toMatchObject({ version: 3, content: { port: 1 } });
    expect(back.headers['etag']).toBe(`"${back.body.modIndex}"`);
    await world.asAdmin('delete', at('/story?expectedVersion=3')).expect(204);

    const { body } = await world.asAdmin('get', at('/story/revisions?limit=3')).expect(200);
    expect(body.items).toMatchObject([
      { version: 4, operation: 'delete', content: null, targetVersion: null },
      { version: 3, operation: 'rollback', content: { port: 1 }, targetVersion: 1 },
      { version: 2, operation: 'update', content: { port: 2, host: 'a' } },
    ]);
    const rest = await world.asAdmin('get', at(`/story/revisions?cursor=${body.nextCursor}`)).expect(200);
    expect(rest.body).toMatchObject({ items: [{ version: 1, operation: 'create' }], nextCursor: null });

    const diff = await world.asAdmin('get', at('/story/diff?from=1&to=2')).expect(200);
    expect(diff.body).toMatchObject({ from: 1, to: 2 });
    expect(diff.body.patch).toEqual(
      expect.arrayContaining([
        { op: 'add', path: '/host', value: 'a' },
        { op: 'replace', path: '/port', value: 2 },
      ]),
    );
    expect(diff.body.changes).toEqual(
      expect.arrayContaining([
        { pointer: '/host', kind: 'added', after: 'a' },
        { pointer: '/port', kind: 'changed', before: 1, after: 2 },
      ]),
    );
    await world.asAdmin('get', at('/story/diff?from=1&to=4')).expect(404);
    await world.asAdmin('get', at('/story/revisions/5')).expect(404);
    await world.asAdmin('get', at('/story/revisions/x')).expect(400);
    await world.asAdmin('get', at('/never/revisions')).expect(404);
    await world.asAdmin('get', at('/story')).expect(404);

    expect(await add('story', 'again')).toMatchObject({ version: 5 });
    const refused = await world
      .asAdmin('post', at('/story/rollback'))
      .send({ targetVersion: 4, expectedVersion: 5 })
      .expect(404);
    expect(refused.body).toMatchObject({ code: 'revision-not-found' });
  });

  it('stops a page before the answer grows too large', async () => {
    await add('long', 'a'.repeat(30_000));
    for (const expectedVersion of [1, 2])
      await world
        .asAdmin('put', at('/long'))
        .send({ content: 'b'.repeat(30_000), expectedVersion })
        .expect(200);
    const { body } = await world.asAdmin('get', at('/long/revisions')).expect(200);
    expect((body.items as { version: number }[]).map(({ version }) => version)).toEqual([3, 2]);
    const rest = await world.asAdmin('get', at(`/long/revisions?cursor=${body.nextCursor}`)).expect(200);
    expect(rest.body).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
  });

  it('gives a rollback to an old content only if the schema of now allows it', async () => {
    const schema = await world.aSchema({ type: 'object' });
    await world.aConfig(project, schema, 'strict', { a: 1 });
    await world
      .asAdmin('put', at('/strict'))
      .send({ content: { b: 1 }, expectedVersion: 1 })
      .expect(200);
    const content = { type: 'object', required: ['b'] };
    await world.asAdmin('put', `/v1/schemas/${schema.id}`).send({ content, expectedVersion: 1 }).expect(200);
    const refused = await world
      .asAdmin('post', at('/strict/rollback'))
      .send({ targetVersion: 1, expectedVersion: 2 })
      .expect(422);
    expect(refused.body).toMatchObject({
      code: 'content-invalid',
      errors: [{ pointer: '/content', keyword: 'required' }],
    });
    const { body } = await world.asAdmin('get', `/v1/schemas/${schema.id}/versions`).expect(200);
    expect(body.items).toMatchObject([
      { version: 2, content },
      { version: 1, content: { type: 'object' } },
    ]);
    await world.asAdmin('get', `/v1/schemas/${schema.id}/versions/3`).expect(404);
  });
});

describe('preconditions', () => {
  it('may stand in the body, in the query and in If-Match, and must all hold', async () => {
    const { modIndex } = await add('guarded');
    const put = (body: object, query = '') =>
      world.asAdmin('put', at(`/guarded${query}`)).send({ content: 2, ...body });
    expect((await put({}).expect(428)).body).toMatchObject({ code: 'version-required' });
    expect((await put({ expectedVersion: 2 }).expect(409)).body).toMatchObject({
      code: 'version-conflict',
      currentVersion: 1,
    });
    expect((await put({}).set('If-Match', '"1"').expect(412)).body).toMatchObject({
      code: 'version-conflict',
      currentVersion: 1,
    });
    await put({ expectedVersion: 1 }, '?expectedVersion=2').expect(400);
    await put({ expectedVersion: 1 }).set('If-Match', '"1"').expect(412);
    const { body } = await put({ expectedVersion: 1 }, '?expectedVersion=1')
      .set('If-Match', `"${modIndex}"`)
      .expect(200);
    expect(body).toMatchObject({ version: 2, content: 2 });
    await world.asAdmin('delete', at('/guarded?expectedVersion=1')).expect(409);
    await world.asAdmin('delete', at('/guarded')).set('If-Match', `"${modIndex}"`).expect(412);
  });
});
