import type { PeerIdentity } from '@config-guardian/raft-node';
import type { ClusterMemberEntity, Standing } from './cluster-member.entity';
import { outcasts, peerAddresses } from './peer-addresses.rules';

const row = (nodeId: string, raftAddress: string, standing: Standing = 'voter'): ClusterMemberEntity => ({
  ...{ nodeId, raftAddress, standing, incarnation: 'a', apiAddress: '', version: '', clusterVersion: 1 },
  ...{ modIndex: 1, createdAt: '', createdBy: null, updatedAt: '', updatedBy: null },
});
const handshake = (nodeId: string, raftAddress: string, incarnation = 'a'): PeerIdentity => ({
  ...{ nodeId, raftAddress, incarnation, clusterId: 'c', apiAddress: '', version: '', clusterVersion: 1 },
});
const nothing = { members: [], inForce: [], seen: [], configured: new Map<string, string>() };
const found = (known: Partial<typeof nothing> | object) => Object.fromEntries(peerAddresses({ ...nothing, ...known }));

describe('where the peers are', () => {
  it('is what this node was started with, for those of whom nothing else is known', () => {
    const configured = new Map([
      ['1', 'env:1'],
      ['2', 'env:2'],
    ]);
    expect(found({ configured, members: [row('2', 'row:2')] })).toEqual({ '1': 'env:1', '2': 'row:2' });
  });

  it('is what they last said themselves', () => {
    expect(found({ members: [row('2', 'row:2')], seen: [handshake('2', 'new:2')] })).toEqual({ '2': 'new:2' });
    expect(found({ seen: [handshake('1', 'leader:1')] })).toEqual({ '1': 'leader:1' });
  });

  it('is not what another life of the node says', () => {
    expect(found({ members: [row('2', 'row:2')], seen: [handshake('2', 'new:2', 'b')] })).toEqual({ '2': 'row:2' });
  });

  it('counts no more once the node was removed and the configuration is without it', () => {
    const members = [row('2', 'row:2', 'removed')];
    const configured = new Map([['2', 'env:2']]);
    expect(found({ members, configured, inForce: ['2#a'], seen: [handshake('2', 'row:2')] })).toEqual({ '2': 'row:2' });
    expect(found({ members, configured, inForce: ['1#a'], seen: [handshake('2', 'row:2')] })).toEqual({});
    expect(outcasts({ members, inForce: ['1#a'] })).toEqual(['2#a']);
  });
});
