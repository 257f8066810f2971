import { Chance } from '../../sim/chance';
import { eventually } from '../../support/postgres-directory';
import { Administrator } from './administrator';
import { isUnknown } from '../checker/operation';
import type { Bug } from './fake-service';
import { FakeService } from './fake-service';
import type { WorkloadReport } from './workload';
import { Workload } from './workload';

const place = { projectId: 'p', apiKey: 'k', schemaId: 's', keys: ['a', 'b', 'c'] };

async function workedOn(bug: Bug, enough: (workload: Workload) => boolean): Promise<WorkloadReport> {
  const chance = new Chance(1);
  const service = await FakeService.start(bug, chance.fork());
  const targets = ['node-1', 'node-2'].map((id) => ({ id, url: service.url }));
  const workload = new Workload(place, () => targets, new Administrator(() => [service.url]), chance.fork(), 6);
  workload.start();
  try {
    await eventually('they have done enough', () => (enough(workload) ? true : undefined));
    return await workload.stop();
  } finally {
    await workload.stop();
    service.close();
  }
}

const enoughOfAll = ({ counts, recorder }: Workload): boolean =>
  counts.writes > 80 && counts.reads > 80 && recorder.localReads.length > 80;

describe('clients and checkers against a service', () => {
  it('find nothing wrong with a correct one that loses answers and refuses requests', async () => {
    const report = await workedOn(
      'none',
      (workload) => enoughOfAll(workload) && workload.recorder.operations.some(isUnknown),
    );
    expect(report.failures).toEqual([]);
    expect(report.ownWritesRead).toBeGreaterThan(0);
    expect(report.unknown).toBeGreaterThan(0);
    expect(report.refused).toBeGreaterThan(0);
  });

  it.each([
    ['stale-reads', /is not linearizable/],
    ['lost-writes', /is not linearizable/],
    ['doubled-writes', /is not linearizable/],
    ['local-reads-go-back', /back in time/],
  ] as const)('find %s', async (bug, what) => {
    const { failures } = await workedOn(bug, enoughOfAll);
    expect(failures.join('\n')).toMatch(what);
  });
});
