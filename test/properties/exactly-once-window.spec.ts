import fc from 'fast-check';
import type { CommandDefinition } from '../../apps/server/src/consensus/command';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { projects } from '../../apps/server/src/projects/projects.table';
import { createFirstAdmin } from '../../apps/server/src/users/commands/create-first-admin.command';
import { aFullRegistry } from '../support/every-feature';
import type { Attempt } from '../support/proposing-node';
import { ProposingNode } from '../support/proposing-node';
import { MachineWithLog } from '../support/state-machine';

const windowLength = 10;
const root = { userId: 'root', email: 'root@example.com', passwordHash: '-' };
const project = (projectId: string, name = projectId) => ({
  ...{ projectId, name },
  description: null,
  apiKeyHash: `key of ${projectId}`,
  apiKeyHint: 'hint',
});

/** The request of a client that does not know what became of it: the service mints new ids each time. */
function request(projectId: string, name = projectId, commandId = `create ${name}`): Attempt {
  const command = createProject as unknown as CommandDefinition;
  return { command, payload: project(projectId, name), actor: 'root', commandId, fingerprint: commandId };
}

function aNode(): {
  node: ProposingNode;
  send(attempt: Attempt): ReturnType<ProposingNode['propose']>;
  pass(n: number): Promise<void>;
} {
  const node = new ProposingNode(new StateMachine(aFullRegistry(), { windowLength }));
  const send = (attempt: Attempt) => {
    const answer = node.propose(attempt);
    node.commit();
    return answer;
  };
  const system = {
    command: createFirstAdmin as unknown as CommandDefinition,
    payload: root,
    actor: null,
    isSystem: true,
  };
  const pass = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i += 1) await send({ ...system, commandId: '', fingerprint: '' });
  };
  return { node, send, pass };
}

describe('a request that is repeated', () => {
  it('gets its first outcome as long as the window holds it, and changes nothing', async () => {
    const { node, send, pass } = aNode();
    await pass(1);
    const first = await send(request('p1', 'shop'));
    await pass(windowLength - 1);
    expect(await send(request('p2', 'shop'))).toEqual({ ...first, repeated: true });
    expect([...node.machine.state.of(projects).all()].map(({ id }) => id)).toEqual(['p1']);
  });

  it('gets its outcome from the window when a snapshot brought it, and no secret that may be of another request', async () => {
    const { node, pass } = aNode();
    await pass(1);
    const [mine, keyed] = [{ ...request('p1', 'shop'), fingerprint: 'create shop' }, request('p2', 'mall')];
    const answers = [node.propose(mine), node.propose({ ...keyed, fingerprint: 'of method, path and body' })];
    node.install();
    expect(await Promise.all(answers)).toMatchObject([{ repeated: false }, { repeated: true }]);
    const lost = node.propose(request('p3', 'shop', 'create another shop'));
    node.install();
    await expect(lost).rejects.toMatchObject({ code: 'name-taken' });
  });

  it('is a new request once the window has passed: judged by the state as it is then', async () => {
    const { node, send, pass } = aNode();
    await pass(1);
    await send(request('p1', 'shop'));
    await pass(windowLength);
    await expect(send(request('p2', 'shop'))).rejects.toMatchObject({ code: 'name-taken' });
    const refusedAt = node.machine.position.index;
    await pass(windowLength);
    await expect(send(request('p3', 'shop'))).rejects.toMatchObject({ code: 'name-taken' });
    expect(node.machine.window.find('create shop')?.index).toBeGreaterThan(refusedAt);
  });

  it('is refused when it was proposed before the window and comes out of the log only now', async () => {
    const { node, pass } = aNode();
    await pass(1);
    const late = node.propose(request('p1'));
    const log = new MachineWithLog(node.machine);
    while (log.index <= windowLength) log.append(createFirstAdmin, root);
    const before = node.machine.position;
    node.commit();
    await expect(late).rejects.toMatchObject({ code: 'outcome-unknown' });
    expect(node.machine.position).toMatchObject({ rowHash: before.rowHash, auditHead: before.auditHead });
  });

  it('is never executed twice, however late either copy comes out of the log', () => {
    const lateness = fc.nat({ max: 3 * windowLength });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(lateness, lateness, (firstAfter, secondAfter) => {
        const log = new MachineWithLog(new StateMachine(aFullRegistry(), { windowLength }));
        const pass = (n: number): void => {
          for (let i = 0; i < n; i += 1) log.append(createFirstAdmin, root);
        };
        pass(1);
        const options = { actor: 'root', id: 'once', birthIndex: log.index };
        pass(firstAfter);
        const first = log.append(createProject, project('p1', 'shop'), options);
        pass(secondAfter);
        const second = log.append(createProject, project('p1', 'shop'), options);
        const executed = [first, second].filter(({ changes }) =>
          changes.some(({ table }) => table.name === 'projects'),
        );
        expect(executed.length).toBe(firstAfter < windowLength - 1 ? 1 : 0);
        expect(executed[0] ?? first).toBe(first);
        outcomes.add(
          second.duplicate ? 'first outcome' : String(second.outcome?.status === 'rejected' && second.outcome.code),
        );
      }),
      { numRuns: 300 },
    );
    expect([...outcomes].sort()).toEqual(['first outcome', 'outcome-unknown']);
  });
});
