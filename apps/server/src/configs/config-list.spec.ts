import { aContext, addConfig, addSchema, aConfigMachine, consensusOf } from '../../../../test/support/config-machine';
import { Deadline } from '../common/deadline';
import { parseEnvironment } from '../common/env';
import { ConfigList } from './config-list';

/** More than two slices of a search. */
const count = 11_000;

/** Keys in their order: k00000, k00001, ...; each three thousandth ends in -X, the contents are 1. */
function aListOfMany(): ConfigList {
  const machine = aConfigMachine();
  addSchema(machine, 's');
  for (let each = 0; each < count; each++) {
    addConfig(machine, 'p1', `k${String(each).padStart(5, '0')}${each % 3000 === 2999 ? '-X' : ''}`, 's');
  }
  addConfig(machine, 'p2', 'other-X', 's');
  return new ConfigList(consensusOf(machine), parseEnvironment({}));
}

describe('a search in many configs', () => {
  const list = aListOfMany();
  const found = async (query: object) => {
    const { items, nextCursor } = await list.list('p1', { limit: 50, q: '-x', ...query }, aContext());
    return { keys: items.map(({ key }) => key), nextCursor };
  };

  it('goes through all of them, page by page', async () => {
    const first = await found({ limit: 2 });
    expect(first.keys).toEqual(['k02999-X', 'k05999-X']);
    expect(await found({ limit: 2, cursor: first.nextCursor })).toEqual({ keys: ['k08999-X'], nextCursor: null });
    expect(await found({ limit: 3 })).toMatchObject({ nextCursor: null });
    expect(await found({ prefix: 'k05' })).toEqual({ keys: ['k05999-X'], nextCursor: null });
  });

  it('lets other work be done meanwhile, and ends with the time of the request', async () => {
    let turns = 0;
    const other = setInterval(() => turns++, 0);
    await found({ q: 'zz' });
    clearInterval(other);
    expect(turns).toBeGreaterThan(0);
    const late = list.list('p1', { limit: 50, q: 'zz' }, aContext('root', { deadline: Deadline.after(0) }));
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
  });
});
