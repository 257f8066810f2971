import type { PeerIdentity } from '@config-guardian/raft-node';
import { memberId } from '@config-guardian/raft-node';
import type { ClusterMemberEntity } from './cluster-member.entity';

export interface KnownOfPeers {
  readonly members: readonly ClusterMemberEntity[];
  /** The members in the configuration in force. */
  readonly inForce: readonly string[];
  /** Who went through a handshake with this process, as they last told it. */
  readonly seen: readonly PeerIdentity[];
  /** CLUSTER_PEERS. */
  readonly configured: ReadonlyMap<string, string>;
}

const idOf = ({ nodeId, incarnation }: Pick<PeerIdentity, 'nodeId' | 'incarnation'>): string =>
  memberId(nodeId, incarnation);

/** Removed, and no part of the configuration any more: nobody talks to it, and it is not listened to. */
export function outcasts({ members, inForce }: Pick<KnownOfPeers, 'members' | 'inForce'>): readonly string[] {
  return members.flatMap((member) =>
    member.standing === 'removed' && !inForce.includes(idOf(member)) ? [idOf(member)] : [],
  );
}

/**
 * Where the other members are. What a node said itself in a handshake is newest; the replicated members come next; what
 * this node was started with counts for those of whom nothing else is known.
 */
export function peerAddresses(known: KnownOfPeers): ReadonlyMap<string, string> {
  const { members, seen, configured } = known;
  const gone = outcasts(known);
  const rows = new Map(members.map((member) => [member.nodeId, member]));
  const addresses = new Map([...configured].filter(([nodeId]) => !rows.has(nodeId)));
  for (const member of members) if (!gone.includes(idOf(member))) addresses.set(member.nodeId, member.raftAddress);
  for (const peer of seen) {
    const row = rows.get(peer.nodeId);
    const isOther = row !== undefined && row.incarnation !== peer.incarnation;
    if (!isOther && !gone.includes(idOf(peer))) addresses.set(peer.nodeId, peer.raftAddress);
  }
  return addresses;
}
