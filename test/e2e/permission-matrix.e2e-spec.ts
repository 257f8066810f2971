import type { Response } from 'supertest';
import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { allOperations, filled } from '../support/operations';
import type { Operation } from '../support/operations';
import { problemIn } from '../support/problem';
import type { World } from '../support/world';
import { aWorld } from '../support/world';
import type { Actor, Cast } from './permission-matrix/actors';
import { aCast, actorNames, signingSecret } from './permission-matrix/actors';
import type { Row } from './permission-matrix/rows';
import { rows } from './permission-matrix/rows';
import type { Verdict } from './permission-matrix/rules';

const operations = allOperations();

let world: World;
let cast: Cast;
let key: string;
beforeAll(async () => {
  world = await aWorld({ JWT_SECRETS: `${signingSecret.kid}:${signingSecret.secret}` });
  cast = await aCast(world);
  ({ key } = await world.aConfig(cast.project, cast.schema));
}, 60_000);
afterAll(() => world.close());

async function call(actor: Actor, { method, path }: Operation, row: Row): Promise<() => Promise<Response>> {
  const { project, schema, viewer, tokens } = cast;
  const { apiKey } = project;
  const usual = {
    projectId: project.id,
    schemaId: schema.id,
    userId: viewer.userId,
    key,
    version: 1,
    code: 'forbidden',
    nodeId: 'node-1',
  };
  const { parameters, query = '', body } = await row.call(cast, actor);
  const url = filled(path, { ...usual, apiKey, apiKeyOrKey: apiKey, ...parameters }) + query;
  const accessToken = tokens[actor];
  return async () => {
    const request = accessToken === null ? world.http(method, url) : world.as({ accessToken }, method, url);
    return request.send(body);
  };
}

function requireVerdict(answer: Response, verdict: Verdict, success: number): void {
  switch (verdict) {
    case 'allowed':
      if (answer.status !== success) throw new Error(`expected ${success}, but got ${answer.status} ${answer.text}`);
      return;
    case 'forbidden':
      return void problemIn(answer, 403, 'forbidden');
    case 'hidden':
      return void problemIn(answer, 404, 'project-not-found');
    case 'unauthenticated':
    case 'token-expired':
      return void problemIn(answer, 401, verdict);
    default:
      throw new Error(`no such verdict: ${verdict satisfies never}`);
  }
}

it('has a row for every operation', () => {
  const named = new Set(Object.keys(rows).map((name) => name.split(' ')[0]));
  expect([...named].sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
});

describe.each(Object.keys(rows))('%s', (name) => {
  it.each(actorNames)('for: %s', async (actor) => {
    const row = rows[name];
    const operation = operations.find(({ operationId }) => operationId === name.split(' ')[0]);
    if (!row || !operation) throw new Error(`openapi.yaml knows no operation ${name}`);
    const send = await call(actor, operation, row);
    const { appliedIndex } = world.app.get(ConsensusService);
    const answer = await send();
    requireVerdict(answer, row.rule[actor], row.success ?? operation.success);
    // What a token was needed for is kept by no cache and no browser.
    if (answer.status < 300 && row.rule.nobody !== 'allowed')
      expect(answer.headers['cache-control']).toMatch(/^(private, )?no-store$/);
    if (row.rule[actor] !== 'allowed') expect(world.app.get(ConsensusService).appliedIndex).toBe(appliedIndex);
  });
});
