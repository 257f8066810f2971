import { problemIn } from '../support/problem';
import type { World } from '../support/world';
import { aWorld } from '../support/world';

const requestsOfUser = 12;
const requestsOfKey = 5;

let world: World;
beforeAll(async () => {
  world = await aWorld({ RATE_LIMIT_ADMIN: String(requestsOfUser), RATE_LIMIT_READ: String(requestsOfKey) });
}, 60_000);
afterAll(() => world.close());

const times = <T>(count: number, what: () => PromiseLike<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, () => what()));
const statuses = (answers: readonly { status: number }[]): number[] => answers.map(({ status }) => status).sort();

describe('the limit of requests', () => {
  it('is one of each API key', async () => {
    const [project, other] = [await world.aProject(), await world.aProject()];
    const read = (apiKey: string) => world.http('get', '/v1/read').set('X-API-Key', apiKey);
    const answers = await times(requestsOfKey + 1, () => read(project.apiKey));
    expect(statuses(answers)).toEqual([...Array<number>(requestsOfKey).fill(200), 429]);
    problemIn(await world.http('get', `/v1/read/${project.apiKey}/app`), 429, 'rate-limited');
    await read(other.apiKey).expect(200);
  });

  it('is one of each user', async () => {
    const [ada, bob] = [await world.aUser(), await world.aUser()];
    const answers = await times(requestsOfUser + 2, () => world.as(ada, 'get', '/v1/auth/me'));
    expect(statuses(answers)).toEqual([...Array<number>(requestsOfUser).fill(200), 429, 429]);
    const { headers } = await world.as(ada, 'get', '/v1/projects').expect(429);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    await world.as(bob, 'get', '/v1/auth/me').expect(200);
    await world.http('get', '/health').expect(200);
  });
});

describe('guessing', () => {
  it('of API keys is limited for the address, and good keys go on working', async () => {
    const { apiKey } = await world.aProject();
    const guesses = await times(110, () => world.http('get', '/v1/read/app').set('X-API-Key', 'cfg_guess'));
    expect(new Set(statuses(guesses))).toEqual(new Set([401, 429]));
    const refused = guesses.filter(({ status }) => status === 429);
    for (const answer of refused) problemIn(answer, 429, 'rate-limited');
    expect(refused).toHaveLength(10);
    await world.http('get', '/v1/read').set('X-API-Key', apiKey).expect(200);
  });
});
