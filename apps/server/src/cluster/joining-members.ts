import type { JoinAnswer, JoinRequest, PeerIdentity } from '@config-guardian/raft-node';
import { joinMethod, PeerError } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { isAddress } from '../common/cluster-settings';
import { problems } from '../common/problems';
import { Rejected } from '../common/rejected';
import { ServingGate } from '../common/serving-gate';
import { ConsensusService } from '../consensus/consensus.service';
import { PeerNetwork } from '../consensus/peers/peer-network';
import { clusterMembers } from './cluster-members.table';
import { announceMember } from './commands/announce-member.command';

/** Any member takes a node in that asks for it: it knows the cluster secret, which is the credential. */
@Injectable()
export class JoiningMembers implements OnModuleInit {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly network: PeerNetwork,
    private readonly gate: ServingGate,
  ) {}

  onModuleInit(): void {
    this.network.on(joinMethod, (body, from) => this.#join(body as JoinRequest, from));
  }

  async #join(request: JoinRequest, from: PeerIdentity): Promise<JoinAnswer> {
    const { nodeId, incarnation, raftAddress, apiAddress, role } = request;
    const isWhole = nodeId === from.nodeId && incarnation && isAddress(raftAddress) && typeof apiAddress === 'string';
    // A build that knows no roles names none.
    if (!isWhole || ![undefined, 'voter', 'learner'].includes(role))
      throw new PeerError('malformed', 'the request does not say who joins');
    if (this.gate.reason !== null) throw new PeerError('not-ready', this.gate.reason);
    const { version, clusterVersion } = from;
    const known = this.consensus.state.of(clusterMembers).get(nodeId);
    const isKnown = known?.incarnation === incarnation && known.standing !== 'removed';
    if (!isKnown || known.raftAddress !== raftAddress)
      await this.#enlist({ nodeId, incarnation, raftAddress, apiAddress, role, version, clusterVersion });
    return { clusterId: this.consensus.status().clusterId };
  }

  async #enlist(member: JoinRequest & Pick<PeerIdentity, 'version' | 'clusterVersion'>): Promise<void> {
    try {
      await this.consensus.executeAsSystem(announceMember, member);
    } catch (error) {
      if (!(error instanceof Rejected) || error.code === 'schema-changed') throw error;
      const { explanation } = problems[error.code];
      throw new PeerError(error.code, `${member.nodeId}: ${error.detail.detail ?? explanation}`);
    }
  }
}
