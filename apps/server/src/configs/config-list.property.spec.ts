import fc from 'fast-check';
import { aContext } from '../../../../test/support/config-machine';
import { parseEnvironment } from '../common/env';
import type { ConsensusService } from '../consensus/consensus.service';
import { State } from '../consensus/state/state';
import { encodeKey } from '../consensus/state/table-definition';
import { ConfigList } from './config-list';
import { keyPattern } from './config.rules';
import type { ConfigEntity } from './config.entity';
import { configs } from './configs.table';

const projectId = fc.constantFrom('p', 'p1');
const key = fc
  .string({ unit: fc.constantFrom(...'abA1.-'), minLength: 1, maxLength: 4 })
  .filter((text) => keyPattern.test(text));
const text = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'abA1.-éÉ\u017f\u212aK{'), maxLength });
const content = text(30).map((part) => JSON.stringify(part.repeat(3)));

const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), projectId, key, content }),
  fc.record({ do: fc.constant('remove' as const), projectId, key }),
  fc.record({ do: fc.constant('search' as const), projectId, q: text(5), prefix: fc.oneof(fc.constant(''), key) }),
);

/** What the search must answer, said in the plainest way. */
function plainly(rows: Iterable<ConfigEntity>, wanted: { projectId: string; q: string; prefix: string }): string[] {
  const pattern = new RegExp(wanted.q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
  return [...rows]
    .filter((row) => row.projectId === wanted.projectId && row.key.startsWith(wanted.prefix))
    .filter((row) => pattern.test(row.key) || pattern.test(row.content))
    .map((row) => row.key)
    .sort((a, b) => (a < b ? -1 : 1));
}

describe('the list of configs', () => {
  it('gives, page by page, what a plain look at all of them finds, whatever changed between two searches', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const state = new State([configs as never], []);
      const list = new ConfigList({ state } as unknown as ConsensusService, parseEnvironment({}));
      const rows = new Map<string, ConfigEntity>();
      let modIndex = 0;
      for (const each of steps) {
        if (each.do === 'put') {
          const row = { ...each, modIndex: ++modIndex } as unknown as ConfigEntity;
          state.load('configs', row);
          rows.set(encodeKey([each.projectId, each.key]), row);
        } else if (each.do === 'remove') {
          state.table('configs').remove(encodeKey([each.projectId, each.key]));
          rows.delete(encodeKey([each.projectId, each.key]));
        } else {
          const keys: string[] = [];
          for (let cursor: string | null | undefined; cursor !== null;) {
            const page = await list.list(each.projectId, { ...each, limit: 3, cursor }, aContext());
            expect(page.items.length).toBeLessThanOrEqual(3);
            keys.push(...page.items.map((item) => item.key));
            cursor = page.nextCursor;
          }
          expect(keys).toEqual(plainly(rows.values(), each));
        }
      }
    });
    await fc.assert(property, { numRuns: 500 });
  });
});
