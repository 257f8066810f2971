import type { LogStatus } from '../../libs/raft-node/src';
import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import type { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { NodeObservation } from '../../apps/server/src/consensus/node-observation';
import { DomainEvents } from '../../apps/server/src/consensus/domain-events';
import { Deadline } from '../../apps/server/src/common/deadline';
import type { RequestContext } from '../../apps/server/src/common/http/request-context';
import type { MachineWithLog } from './state-machine';

/** The service over a real state machine and a log that commits at once, without disk and without database. */
export function aConsensus(
  { machine }: MachineWithLog,
  members: LogStatus['members'] = [],
): { consensus: ConsensusService; events: DomainEvents } {
  const events = new DomainEvents();
  const node = {
    machine,
    observed: new NodeObservation(),
    applied: {
      get value() {
        return machine.position.index;
      },
    },
    barrier: { pass: () => Promise.resolve(machine.position.index) },
    flushed: () => undefined,
    persister: { refusal: () => undefined },
    log: {
      status: () => ({ role: 'leader', members }) as LogStatus,
      propose: (data: Uint8Array) => {
        const { index, term, lastAtMs } = machine.position;
        const result = machine.apply({ index: index + 1, term, at: Math.max(Date.now(), lastAtMs), data });
        events.publish(result.events);
        return Promise.resolve({ index: index + 1, result });
      },
    },
  };
  return { consensus: new ConsensusService(node as unknown as ConsensusNode), events };
}

let requests = 0;

export function aContext(given: Partial<RequestContext> = {}): RequestContext {
  const id = `request-${++requests}`;
  return {
    requestId: id,
    trace: null,
    deadline: Deadline.after(10_000),
    idempotencyKey: null,
    ifMatch: null,
    address: '203.0.113.7',
    fingerprint: id,
    actorId: null,
    commandId: id,
    apiKeyProjectId: null,
    ...given,
  };
}
