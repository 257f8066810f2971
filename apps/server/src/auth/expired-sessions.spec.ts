import { aConsensus } from '../../../../test/support/consensus';
import { aMachineWithUsers } from '../../../../test/support/members';
import type { LeaderDuties } from '../consensus/leader-duties';
import { refreshFamilies } from '../users/refresh-families.table';
import { beginSession } from './commands/begin-session.command';
import { ExpiredSessions } from './expired-sessions';

const noon = Date.UTC(2026, 5, 1, 12);

describe('the duty to purge expired logins', () => {
  beforeEach(() => jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  it('proposes only when something has expired', async () => {
    const machine = aMachineWithUsers();
    const duty = new ExpiredSessions(aConsensus(machine).consensus, {} as LeaderDuties);
    const login = { userId: 'adam', tokenHash: 'hash', checkedPasswordHash: 'adam-hash' };
    machine.run(beginSession, { ...login, familyId: 'short', ttlMs: 1000 }, { at: noon });
    machine.run(beginSession, { ...login, familyId: 'long', ttlMs: 5000 }, { at: noon });
    const { index } = machine;
    await duty.perform();
    expect(machine.index).toBe(index);
    jest.setSystemTime(noon + 1000);
    await duty.perform();
    await duty.perform();
    expect(machine.index).toBe(index + 1);
    expect(Array.from(machine.state.of(refreshFamilies).all(), ({ id }) => id)).toEqual(['long']);
  });
});
