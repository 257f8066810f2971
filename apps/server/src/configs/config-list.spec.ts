import {
  aContext,
  addConfig,
  addSchema,
  aConfigMachine,
  consensusOf,
  root,
} from '../../../../test/support/config-machine';
import { Deadline } from '../common/deadline';
import { parseEnvironment } from '../common/env';
import { deleteConfig } from './commands/delete-config.command';
import { ConfigList } from './config-list';

/** More than two slices of a search, by the clock of these tests. */
const count = 11_000;
const keyOf = (each: number): string => `k${String(each).padStart(5, '0')}${each % 3000 === 2999 ? '-X' : ''}`;

/** Keys in their order: k00000, k00001, ...; each three thousandth ends in -X, the contents are 1. */
function aMachineWithMany() {
  const machine = aConfigMachine();
  addSchema(machine, 's');
  for (let each = 0; each < count; each++) addConfig(machine, 'p1', keyOf(each), 's');
  addConfig(machine, 'p2', 'other-X', 's');
  return machine;
}

describe('a search in many configs', () => {
  const machine = aMachineWithMany();
  const list = new ConfigList(consensusOf(machine), parseEnvironment({}));
  const found = async (query: object) => {
    const { items, nextCursor } = await list.list('p1', { limit: 50, q: '-x', ...query }, aContext());
    return { keys: items.map(({ key }) => key), nextCursor };
  };

  /** A search is over before a real clock would have it wait, so every look at this one takes three milliseconds. */
  beforeEach(() => {
    let now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 3));
  });
  afterEach(() => jest.restoreAllMocks());

  it('goes through all of them, page by page', async () => {
    const first = await found({ limit: 2 });
    expect(first.keys).toEqual(['k02999-X', 'k05999-X']);
    expect(await found({ limit: 2, cursor: first.nextCursor })).toEqual({ keys: ['k08999-X'], nextCursor: null });
    expect(await found({ limit: 3 })).toMatchObject({ nextCursor: null });
    expect(await found({ prefix: 'k05' })).toEqual({ keys: ['k05999-X'], nextCursor: null });
  });

  it('lets other work be done meanwhile, and ends with the time of the request', async () => {
    let turns = 0;
    let other = setImmediate(function turn() {
      turns += 1;
      other = setImmediate(turn);
    });
    await found({ q: 'zz' });
    clearImmediate(other);
    expect(turns).toBeGreaterThan(2);
    const late = list.list('p1', { limit: 50, q: 'zz' }, aContext('root', { deadline: Deadline.after(0) }));
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
  });

  it('goes on behind a config that is gone, and sees what changed before its turn came', async () => {
    const searched = found({});
    for (let each = 0; each < 2_000; each++) {
      machine.run(deleteConfig, { projectId: 'p1', key: keyOf(each), expectedVersion: null, ifMatch: null }, root);
    }
    machine.run(deleteConfig, { projectId: 'p1', key: 'k08999-X', expectedVersion: null, ifMatch: null }, root);
    addConfig(machine, 'p1', 'k09000-X', 's');
    expect(await searched).toEqual({ keys: ['k02999-X', 'k05999-X', 'k09000-X'], nextCursor: null });
  });
});
