import type { LogStatus } from '@config-guardian/raft-node';
import type { PinoLogger } from 'nestjs-pino';
import type { ConsensusNode } from '../consensus/consensus-node';
import type { ConsensusService } from '../consensus/consensus.service';
import { DomainEvents } from '../consensus/domain-events';
import { LeaderDuties } from '../consensus/leader-duties';
import type { LeaderKnowledge } from './leader-knowledge';
import { leadershipTransferAsked } from './member.events';
import { Reconciler } from './reconciler';

describe('a transfer of leadership that was asked for', () => {
  const transferLeadership = jest.fn<Promise<void>, [string | null, object]>();
  let status: Pick<LogStatus, 'role' | 'term'>;
  let events: DomainEvents;

  beforeEach(() => {
    transferLeadership.mockReset().mockResolvedValue();
    const node = { log: { status: () => status, transferLeadership } } as unknown as ConsensusNode;
    const log = { warn: jest.fn() } as unknown as PinoLogger;
    events = new DomainEvents();
    const none = undefined as unknown;
    new Reconciler(
      node,
      none as ConsensusService,
      none as LeaderKnowledge,
      new LeaderDuties(log),
      events,
      log,
    ).onModuleInit();
  });

  const applied = (term: number): void =>
    events.publish([
      { ...leadershipTransferAsked({ to: 'node-2' }), index: 9, term, at: '2026-01-01T00:00:00.000Z', actorId: 'root' },
    ]);

  it('is made by the leader of the term in which it was asked for', () => {
    status = { role: 'leader', term: 4 };
    applied(4);
    expect(transferLeadership.mock.calls.map(([to]) => to)).toEqual(['node-2']);
  });

  it('is not made again by a later leader that still has to apply it, a node that started again for one', () => {
    status = { role: 'leader', term: 5 };
    applied(4);
    expect(transferLeadership).not.toHaveBeenCalled();
  });

  it('is not made by a follower', () => {
    status = { role: 'follower', term: 4 };
    applied(4);
    expect(transferLeadership).not.toHaveBeenCalled();
  });
});
