import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { describeUnless } from '../support/lacking';
import { problemIn } from '../support/problem';
import type { TestProject, World } from '../support/world';
import { aWorld } from '../support/world';

/** Schemas and documents of schemastore.org; they lie beside the project where it is developed. */
const store = join(__dirname, '..', '..', '..', 'shared', 'data', 'schemastore');
const isThere = existsSync(store);
const foldersIn = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const folders = isThere ? foldersIn(store) : ['each of them'];

const textsIn = (...path: readonly string[]): readonly { readonly name: string; readonly text: string }[] => {
  const folder = join(store, ...path);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((file) => ({
    name: parse(file).name,
    text: readFileSync(join(folder, file), 'utf8'),
  }));
};
/** Members in the order that `JSON.parse` keeps, strings and numbers as `JSON.stringify` prints them. */
const canonical = (text: string): string => JSON.stringify(JSON.parse(text));

describeUnless(isThere ? undefined : `there is no folder ${store}`, 'schemas of schemastore.org', () => {
  let world: World;
  let project: TestProject;
  beforeAll(async () => {
    world = await aWorld();
    project = await world.aProject();
  }, 60_000);
  afterAll(() => world.close());

  const send = (path: string, body: string) =>
    world.asAdmin('post', path).set('Content-Type', 'application/json').send(body);
  const configs = (): string => `/v1/projects/${project.id}/configs`;
  const bodyOf = (key: string, schemaId: string, content: string): string =>
    `{"key":${JSON.stringify(key)},"schemaId":${JSON.stringify(schemaId)},"content":${content}}`;

  it.each(folders)('%s', async (folder) => {
    const schemaText = readFileSync(join(store, folder, 'schema.json'), 'utf8');
    const created = await send('/v1/schemas', `{"name":${JSON.stringify(folder)},"content":${schemaText}}`);
    expect([created.status, created.text]).toEqual([201, expect.any(String)]);
    const { id } = created.body;
    const stored = await world.asAdmin('get', `/v1/schemas/${id}`).expect(200);
    expect(JSON.stringify(stored.body.content)).toBe(canonical(schemaText));
    const [valid, invalid] = [textsIn(folder, 'valid'), textsIn(folder, 'invalid')];
    expect(valid.length + invalid.length).toBeGreaterThan(0);

    for (const { name, text } of valid) {
      const key = `${folder}.${name}`;
      const answer = await send(configs(), bodyOf(key, id, text));
      if (answer.status !== 201)
        throw new Error(`${key} is valid, but: ${answer.status} ${answer.text.slice(0, 2000)}`);
      const config = await world.asAdmin('get', `${configs()}/${key}`).expect(200);
      expect(JSON.stringify(config.body.content)).toBe(canonical(text));
      const read = await world.http('get', `/v1/read/${project.apiKey}/${key}?raw=true`).expect(200);
      expect(read.text).toBe(canonical(text));
    }

    for (const { name, text } of invalid) {
      const { errors } = problemIn(
        await send(configs(), bodyOf(`${folder}.invalid.${name}`, id, text)),
        422,
        'content-invalid',
      );
      expect(errors?.length).toBeGreaterThan(0);
      for (const { pointer, keyword } of errors ?? [])
        expect([pointer, keyword]).toEqual([expect.stringMatching(/^\/content/), expect.any(String)]);
    }
  });
});
