import request from 'supertest';
import { addConfig, addSchema, aConfigMachine, noPrecondition, root } from '../../../../../test/support/config-machine';
import type { ReadApp } from '../../../../../test/support/read-app';
import { aReadApp } from '../../../../../test/support/read-app';
import type { MachineWithLog } from '../../../../../test/support/state-machine';
import { updateConfig } from '../../configs/commands/update-config.command';
import { mintApiKey } from '../../projects/api-key';
import { createProject } from '../../projects/commands/create-project.command';

const { apiKey, hash, hint } = mintApiKey();

describe('the read API, compressed', () => {
  let machine: MachineWithLog;
  let { app, events } = {} as ReadApp;

  beforeEach(async () => {
    machine = aConfigMachine();
    addSchema(machine, 's1');
    const project = { projectId: 'shop', name: 'shop', description: null, apiKeyHash: hash, apiKeyHint: hint };
    machine.run(createProject, project, root);
    addConfig(machine, 'shop', 'app', 's1', '{"port":8080}');
    ({ app, events } = await aReadApp(machine));
  });

  afterEach(() => app.close());

  const get = (path: string) => request(app.getHttpServer()).get(`/v1/read${path}`);

  function changeLarge(): void {
    const at = { projectId: 'shop', key: 'large', schemaId: 's1', namesSchema: false, ...noPrecondition };
    const closure = [{ schemaId: 's1', version: 1 }];
    events.publish(machine.append(updateConfig, { ...at, content: '1', closure }, root).events);
  }

  const large = JSON.stringify('ü'.repeat(2_000));
  const coded = (path: string, codings: string) => get(path).set('Accept-Encoding', codings);
  const ready = async (path: string, coding: string) => {
    for (;;) {
      const answer = await coded(path, coding).expect(200);
      if (answer.headers['content-encoding'] === coding) return answer;
    }
  };

  it.each([
    ['a config', () => `/${apiKey}/large`],
    ['a bare content', () => `/${apiKey}/large?raw=true`],
    ['the snapshot', () => `/${apiKey}`],
  ])('answers %s in each coding under an ETag of its own, and 304 to any of them', async (_what, path) => {
    addConfig(machine, 'shop', 'large', 's1', large);
    const plain = await coded(path(), 'identity').expect(200);
    const etags = [plain.headers['etag']];
    for (const coding of ['gzip', 'br']) {
      const { text, headers } = await ready(path(), coding);
      expect(text).toBe(plain.text);
      expect(Number(headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']));
      expect(headers).toMatchObject({ vary: 'X-API-Key, Accept-Encoding', 'cache-control': 'private, no-cache' });
      const head = await request(app.getHttpServer()).head(`/v1/read${path()}`).set('Accept-Encoding', coding);
      for (const name of ['content-encoding', 'content-length', 'etag', 'vary'])
        expect(head.headers[name]).toBe(headers[name]);
      etags.push(headers['etag']);
    }
    expect(etags).toEqual(['', '-gzip', '-br'].map((suffix) => plain.headers['etag']?.replace(/"$/, `${suffix}"`)));
    for (const etag of etags) {
      const known = await coded(path(), 'gzip').set('If-None-Match', `"0", ${etag}`).expect(304);
      expect(known.headers).toMatchObject({ etag, vary: 'X-API-Key, Accept-Encoding' });
      expect(known.headers['content-encoding']).toBeUndefined();
    }
    changeLarge();
    for (const etag of etags) await coded(path(), 'gzip').set('If-None-Match', String(etag)).expect(200);
  });

  it('compresses even a small body for who refuses it plain, at once', async () => {
    const { headers, text } = await coded(`/${apiKey}/app`, 'gzip, identity;q=0').expect(200);
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', etag: expect.stringMatching(/-gzip"$/) });
    expect(text).toBe((await coded(`/${apiKey}/app`, 'gzip').expect(200)).text);
  });

  it.each(['gzip', 'br'])('sends a snapshot in pieces, each compressed as it goes: %s', async (coding) => {
    const piece = JSON.stringify('x'.repeat(1024 ** 2));
    for (let place = 0; place < 9; place++) addConfig(machine, 'shop', `large-${place}`, 's1', piece);
    const { body, headers } = await coded(`/${apiKey}`, coding).expect(200);
    expect(headers).toMatchObject({ 'content-encoding': coding, etag: expect.stringMatching(`-${coding}"$`) });
    expect(JSON.stringify(body.items[9].content)).toBe(piece);
    await coded(`/${apiKey}`, coding)
      .set('If-None-Match', headers['etag'] ?? '')
      .expect(304);
  });
});
