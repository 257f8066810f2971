import { aConsensus, aContext } from '../../../../test/support/consensus';
import { aMachineWithMembers, asRoot } from '../../../../test/support/members';
import type { LeaderDuties } from '../consensus/leader-duties';
import { regenerateApiKey } from './commands/regenerate-api-key.command';
import { ExpiringApiKeys } from './expiring-api-keys';
import { apiKeys } from './projects.table';

const noon = Date.UTC(2026, 5, 1, 12);
const replace = (graceMs: number) => ({
  projectId: 'shop',
  apiKeyHash: 'second',
  apiKeyHint: 'cond',
  graceMs,
  ifMatch: null,
});

function aDuty() {
  const machine = aMachineWithMembers();
  const { consensus, events } = aConsensus(machine);
  const duty = new ExpiringApiKeys(consensus, { register: () => undefined } as unknown as LeaderDuties, events);
  duty.onModuleInit();
  const good = () => Array.from(machine.state.of(apiKeys).all(), ({ hash }) => hash).sort();
  return { machine, consensus, duty, good };
}

describe('the duty to end replaced API keys', () => {
  beforeEach(() => jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  it('ends a key that was replaced while it looked on, when it is due and not before', async () => {
    const { machine, consensus, duty, good } = aDuty();
    await duty.perform();
    await consensus.execute(regenerateApiKey, replace(1000), aContext({ actorId: 'adam' }));
    const { index } = machine;
    jest.setSystemTime(noon + 999);
    await duty.perform();
    expect([machine.index, good()]).toEqual([index, ['second', 'shop-key']]);
    jest.setSystemTime(noon + 1000);
    await duty.perform();
    expect([machine.index, good()]).toEqual([index + 1, ['second']]);
    await duty.perform();
    expect(machine.index).toBe(index + 1);
  });

  it('finds one that was replaced before this node started, or that came with a snapshot', async () => {
    const { machine, duty, good } = aDuty();
    machine.run(regenerateApiKey, replace(1000), { ...asRoot, at: noon });
    jest.setSystemTime(noon + 1000);
    await duty.perform();
    expect(good()).toEqual(['second']);
    machine.run(regenerateApiKey, { ...replace(1000), apiKeyHash: 'third' }, { ...asRoot, at: noon + 1000 });
    jest.setSystemTime(noon + 2000);
    await duty.perform();
    expect(good()).toEqual(['third']);
  });
});
