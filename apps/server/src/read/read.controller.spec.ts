import request from 'supertest';
import { addConfig, addSchema, aConfigMachine, noPrecondition, root } from '../../../../test/support/config-machine';
import { aConsensus } from '../../../../test/support/consensus';
import type { ReadApp } from '../../../../test/support/read-app';
import { aReadApp } from '../../../../test/support/read-app';
import type { MachineWithLog } from '../../../../test/support/state-machine';
import { createConfig } from '../configs/commands/create-config.command';
import { deleteConfig } from '../configs/commands/delete-config.command';
import { rollbackConfig } from '../configs/commands/rollback-config.command';
import { updateConfig } from '../configs/commands/update-config.command';
import type { CommandDefinition, CommandResult } from '../consensus/command';
import { DomainEvents } from '../consensus/domain-events';
import { mintApiKey } from '../projects/api-key';
import { ApiKeyAuthentication } from '../projects/api-key-authentication';
import { createProject } from '../projects/commands/create-project.command';
import { regenerateApiKey } from '../projects/commands/regenerate-api-key.command';
import { apiKeys } from '../projects/projects.table';
import { updateProject } from '../projects/commands/update-project.command';
import { ProjectEditions } from './project-editions';

const { apiKey, hash, hint } = mintApiKey();
const content = '{"10":1,"2":[1.5,null],"__proto__":{"ü":"\\u2028"},"port":8080}';
const closure = [{ schemaId: 's1', version: 1 }];

describe('the read API', () => {
  let machine: MachineWithLog;
  let { app, consensus, events } = {} as ReadApp;

  beforeEach(async () => {
    machine = aConfigMachine();
    addSchema(machine, 's1');
    const project = { projectId: 'shop', name: 'shop', description: null, apiKeyHash: hash, apiKeyHint: hint };
    machine.run(createProject, project, root);
    addConfig(machine, 'shop', 'app', 's1', content);
    ({ app, consensus, events } = await aReadApp(machine));
  });

  afterEach(() => app.close());

  describe('an index that is far away', () => {
    const never = new Promise<number>(() => undefined);
    const path = (key: string) => `/${key}/app?minIndex=999999999999`;
    const onFarIndex = (wait: () => Promise<number>) =>
      jest
        .spyOn(consensus, 'barrier')
        .mockImplementation((read) => (read.minIndex === null ? Promise.resolve(0) : wait()));

    it('is not waited for with a key that nobody knows', async () => {
      onFarIndex(() => never);
      const { body } = await get(path(mintApiKey().apiKey)).expect(401);
      expect(body.code).toBe('invalid-api-key');
    });

    it('is waited for with a good key, also one that was made elsewhere a moment ago', async () => {
      const far = onFarIndex(() => Promise.resolve(0));
      await get(path(apiKey)).expect(200);
      expect(far).toHaveBeenCalledTimes(1);
      const fresh = mintApiKey();
      far.mockImplementation((read) => {
        const project = { projectId: 'new', name: 'new', description: null, apiKeyHash: fresh.hash, apiKeyHint: 'x' };
        if (read.minIndex === null) machine.run(createProject, project, root);
        return Promise.resolve(0);
      });
      await get(`/${fresh.apiKey}?minIndex=999999999999`).expect(200);
    });
  });

  const get = (path: string) => request(app.getHttpServer()).get(`/v1/read${path}`);

  function apply<Payload extends object, Result extends CommandResult>(
    command: CommandDefinition<Payload, Result>,
    payload: Payload,
  ): void {
    const { outcome, events: told } = machine.append(command, payload, root);
    expect(outcome).toMatchObject({ status: 'applied' });
    events.publish(told);
  }

  const at = { projectId: 'shop', key: 'app' };
  const changes: Readonly<Record<string, () => void>> = {
    'a new config': () => apply(createConfig, { projectId: 'shop', key: 'db', schemaId: 's1', content: '1', closure }),
    'an update': () =>
      apply(updateConfig, {
        ...at,
        schemaId: 's1',
        content: '1',
        closure,
        namesSchema: false,
        ...noPrecondition,
      }),
    'a rollback': () =>
      apply(rollbackConfig, { ...at, schemaId: 's1', content, closure, targetVersion: 1, ...noPrecondition }),
    'a deletion': () => apply(deleteConfig, { ...at, ...noPrecondition }),
  };

  describe('of one config', () => {
    it.each([
      ['with the key in the path', () => get(`/${apiKey}/app`)],
      ['with the key in the header', () => get('/app').set('X-API-Key', apiKey)],
    ])('answers it %s', async (_name, send) => {
      const { text, headers } = await send().expect(200);
      expect(text).toBe(`{"key":"app","version":1,"content":${content}}`);
      expect(headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(Buffer.byteLength(text)),
        'cache-control': 'private, no-cache',
        'x-config-index': String(machine.index),
        etag: expect.stringMatching(/^"\d+"$/),
        vary: 'X-API-Key, Accept-Encoding',
      });
    });

    it('answers the bare content, byte for byte, under an ETag of its own', async () => {
      const plain = await get(`/${apiKey}/app`).expect(200);
      const raw = await get(`/${apiKey}/app?raw=true`).expect(200);
      expect(raw.text).toBe(content);
      expect(raw.headers['etag']).not.toBe(plain.headers['etag']);
      const again = get(`/${apiKey}/app?raw=false`).set('If-None-Match', raw.headers['etag'] ?? '');
      await again.expect(200, plain.text);
    });

    it('answers 304 with the same headers and no body while nothing has changed', async () => {
      const first = await get(`/${apiKey}/app`);
      const second = await get(`/${apiKey}/app`).set('If-None-Match', `"0", W/${first.headers['etag']}`).expect(304);
      expect(second.text).toBe('');
      for (const header of ['etag', 'x-config-index', 'cache-control', 'vary'])
        expect(second.headers[header]).toBe(first.headers[header]);
      changes['an update']?.();
      const third = await get(`/${apiKey}/app`)
        .set('If-None-Match', first.headers['etag'] ?? '')
        .expect(200);
      expect(third.body).toEqual({ key: 'app', version: 2, content: 1 });
    });

    it('answers HEAD like GET without a body', async () => {
      const path = `/v1/read/${apiKey}/app`;
      const body = await get(`/${apiKey}/app`);
      const head = await request(app.getHttpServer()).head(path).expect(200);
      expect(head.text).toBeUndefined();
      expect(head.headers).toMatchObject({
        etag: body.headers['etag'],
        'content-length': body.headers['content-length'],
      });
    });

    it('answers config-not-found for a key that is not there, and never repeats the API key', async () => {
      const { text, body } = await get(`/${apiKey}/nothing`).expect(404);
      expect(body).toMatchObject({ code: 'config-not-found', instance: '/v1/read/***/nothing' });
      expect(text).not.toContain(apiKey);
      changes['a deletion']?.();
      await get(`/${apiKey}/app`).expect(404);
    });

    it('reads a config whose key looks like an API key by its path, and refuses it by header', async () => {
      const key = mintApiKey().apiKey;
      apply(createConfig, { projectId: 'shop', key, schemaId: 's1', content: '1', closure });
      await get(`/${apiKey}/${key}`).expect(200, { key, version: 1, content: 1 });
      const { body } = await get(`/${key}`).set('X-API-Key', apiKey).expect(400);
      expect(body).toMatchObject({ code: 'validation-failed', errors: [{ header: 'X-API-Key' }] });
    });
  });

  describe('of all configs', () => {
    const snapshot = () => get(`/${apiKey}`).expect(200);

    it('answers them by key, with the index of the last change', async () => {
      changes['a new config']?.();
      const changeIndex = machine.index;
      addConfig(machine, 'p1', 'elsewhere', 's1');
      const { text, headers } = await snapshot();
      expect(text).toBe(
        `{"index":${changeIndex},"items":[{"key":"app","version":1,"content":${content}},{"key":"db","version":1,"content":1}]}`,
      );
      expect(headers).toMatchObject({ etag: `"${changeIndex}"`, 'x-config-index': String(machine.index) });
      await get('').set('X-API-Key', apiKey).expect(200, text);
    });

    it('answers none for an empty project', async () => {
      changes['a deletion']?.();
      expect((await snapshot()).body).toMatchObject({ items: [] });
    });

    it.each(Object.keys(changes))('has a new ETag after %s', async (name) => {
      const before = await snapshot();
      await get(`/${apiKey}`)
        .set('If-None-Match', before.headers['etag'] ?? '')
        .expect(304);
      changes[name]?.();
      const after = await get(`/${apiKey}`)
        .set('If-None-Match', before.headers['etag'] ?? '')
        .expect(200);
      expect(after.text).not.toBe(before.text);
      expect(after.body.index).toBe(machine.index);
    });

    it('keeps its ETag while other projects change', async () => {
      const before = await snapshot();
      addConfig(machine, 'p1', 'elsewhere', 's1');
      await get(`/${apiKey}`)
        .set('If-None-Match', before.headers['etag'] ?? '')
        .expect(304);
    });

    it('finds the same ETag from the rows alone, without having heard of the changes', async () => {
      for (const change of Object.values(changes)) change();
      apply(updateProject, { projectId: 'shop', name: 'shop 2', ifMatch: null });
      apply(createConfig, { ...at, schemaId: 's1', content: '3', closure });
      const { headers } = await snapshot();
      const fresh = new ProjectEditions(aConsensus(machine).consensus, new DomainEvents());
      expect(`"${fresh.of('shop').index}"`).toBe(headers['etag']);
    });

    it('sends one that is too large to keep in pieces, complete', async () => {
      const large = JSON.stringify('x'.repeat(1024 ** 2));
      for (let place = 0; place < 9; place++) addConfig(machine, 'shop', `large-${place}`, 's1', large);
      const { body, headers } = await snapshot();
      expect(headers['content-length']).toBeUndefined();
      expect(body.items).toHaveLength(10);
      expect(JSON.stringify(body.items[9].content)).toBe(large);
      await get(`/${apiKey}`)
        .set('If-None-Match', headers['etag'] ?? '')
        .expect(304);
    });

    it('refuses raw', async () => {
      const { body } = await get(`/${apiKey}?raw=true`).expect(400);
      expect(body).toMatchObject({ code: 'validation-failed', errors: [{ parameter: 'raw' }] });
    });
  });

  it.each([
    ['an unknown key', () => get(`/${mintApiKey().apiKey}/app`)],
    ['an unknown key in the header', () => get('/app').set('X-API-Key', mintApiKey().apiKey)],
    ['something that is no key', () => get('/app')],
    ['two parts, neither of them a key', () => get('/app/db')],
    ['no key', () => get('')],
    ['an empty header', () => get('/app').set('X-API-Key', '')],
  ])('refuses %s', async (_name, send) => {
    const { body, headers } = await send().expect(401);
    expect(body.code).toBe('invalid-api-key');
    expect(headers['www-authenticate']).toBe('ApiKey');
  });

  it('refuses a key from the moment it is replaced, also one that is replaced while the request waits', async () => {
    await get(`/${apiKey}/app`).expect(200);
    const next = mintApiKey();
    const authentication = app.get(ApiKeyAuthentication);
    const authenticate = authentication.authenticate.bind(authentication);
    jest.spyOn(authentication, 'authenticate').mockImplementation(async (incoming) => {
      const projectId = await authenticate(incoming);
      const replaced = { projectId: 'shop', apiKeyHash: next.hash, apiKeyHint: next.hint, graceMs: 0, ifMatch: null };
      if (machine.state.of(apiKeys).get(next.hash) === undefined) apply(regenerateApiKey, replaced);
      return projectId;
    });
    expect((await get(`/${apiKey}/app`).expect(401)).body.code).toBe('invalid-api-key');
    await get(`/${next.apiKey}/app`).expect(200);
  });

  it.each([
    'waitIndex=-1',
    'wait=30s',
    'wait=6m&waitIndex=3',
    'wait=soon&waitIndex=3',
    'Raw=true',
    'raw=yes',
    'raw=',
    'consistency=eventual',
    'minIndex=-1',
    'maxStaleness=1s',
    'raw=true&raw=true',
  ])('refuses ?%s', async (query) => {
    const { body } = await get(`/${apiKey}/app?${query}`).expect(400);
    const parameter = query.split('=')[0];
    expect(body).toMatchObject({ code: 'validation-failed', errors: [{ parameter }] });
  });

  it('takes the consistency parameters', async () => {
    await get(`/${apiKey}/app?consistency=local&maxStaleness=5s&minIndex=1`).expect(200);
    await get(`/${apiKey}?consistency=linearizable`).expect(200);
  });
});
