import { aMachine } from '../../../../test/support/state-machine';
import type { CommandDefinition } from '../consensus/command';
import { defineCommand, proposable, theSystem } from '../consensus/command';
import { clusterFeature } from './cluster.feature';
import { clusterMembers } from './cluster-members.table';
import { announceMember } from './commands/announce-member.command';
import { raiseVersion } from './commands/raise-version.command';

// A build that understands one version more than a cluster begins with.
jest.mock('../common/release', () => ({ release: '2.0.0', newestClusterVersion: 2 }));

const node = (nodeId: string, clusterVersion: number) => ({
  ...{ nodeId, clusterVersion },
  incarnation: 'first',
  raftAddress: `${nodeId}:7400`,
  apiAddress: `http://${nodeId}:8080`,
  version: `${clusterVersion}.0.0`,
});

function aCluster(...versions: readonly number[]) {
  const machine = aMachine(clusterFeature);
  versions.forEach((version, place) => machine.run(announceMember, node(`node-${place + 1}`, version)));
  return machine;
}

describe('the cluster version', () => {
  it('is raised when every member understands the new one, and never lowered', () => {
    const machine = aCluster(2, 2);
    expect(machine.state.clusterVersion).toBe(1);
    const before = machine.machine.hash;
    expect(machine.run(raiseVersion, { clusterVersion: 2 })).toEqual({ clusterVersion: 2 });
    expect(machine.machine.position.clusterVersion).toBe(2);
    expect(machine.machine.hash).not.toBe(before);
    expect(machine.run(raiseVersion, { clusterVersion: 1 })).toEqual({ clusterVersion: 2 });
  });

  it('stays as long as one member runs the old build', () => {
    const machine = aCluster(2, 1);
    expect(machine.run(raiseVersion, { clusterVersion: 2 })).toEqual({ clusterVersion: 1 });
    machine.run(announceMember, node('node-2', 2));
    expect(machine.run(raiseVersion, { clusterVersion: 2 })).toEqual({ clusterVersion: 2 });
  });

  it('keeps out a node that is too old for it', () => {
    const machine = aCluster(2);
    machine.run(raiseVersion, { clusterVersion: 2 });
    expect(machine.refused(announceMember, node('node-2', 1))).toBe('node-not-joinable');
    expect(machine.state.of(clusterMembers).get('node-2')).toBeUndefined();
  });

  it('is not raised by a rehearsal', () => {
    const machine = aCluster(2);
    const [id, text] = ['rehearsed', 'x'];
    machine.machine.rehearse(
      {
        ...{ id, type: raiseVersion.type, version: 1, actor: null, requestId: text, trace: null },
        ...{ fingerprint: text, birthIndex: machine.index, payload: { clusterVersion: 2 } },
      },
      Date.UTC(2026, 1, 1),
    );
    expect(machine.state.clusterVersion).toBe(1);
  });

  it('halts a build that does not understand it, whether it applies the change or finds it in its database', () => {
    const machine = aCluster(3);
    expect(() => machine.append(raiseVersion, { clusterVersion: 3 })).toThrow(
      'the cluster runs at cluster version 3, this build (2.0.0) understands up to 2: start a newer build',
    );
    const { position } = machine.machine;
    expect(() => aCluster().machine.restore({ ...position, clusterVersion: 3 }, '')).toThrow('start a newer build');
  });
});

describe('a command with versions', () => {
  const common = {
    type: 'lamp.paint',
    requires: theSystem,
    audit: () => ({ subject: { type: 'lamp', id: '1' }, summary: '' }),
  };
  const first = defineCommand<{ colour: string }, null>({ ...common, version: 1, apply: () => null });
  const second = defineCommand<{ colour: string; gloss: boolean }, null>({
    ...{ ...common, version: 2, since: 2, apply: () => null },
    before: { command: first, payload: ({ colour }) => ({ colour }) },
  });

  it('is proposed as the newest that the cluster understands', () => {
    const wish = { colour: 'red', gloss: true };
    expect(proposable(second, wish, 1)).toEqual({ type: 'lamp.paint', version: 1, payload: { colour: 'red' } });
    expect(proposable(second, wish, 2)).toEqual({ type: 'lamp.paint', version: 2, payload: wish });
    expect(proposable(second, wish, 3)).toEqual({ type: 'lamp.paint', version: 2, payload: wish });
  });

  it('is refused where no version of it is old enough', () => {
    const alone: CommandDefinition<{ colour: string }, null> = { ...first, since: 2 };
    expect(() => proposable(alone, { colour: 'red' }, 1)).toThrow('lamp.paint@1 needs cluster version 2');
  });
});
