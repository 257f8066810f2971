import type { JoinRequest, PeerIdentity } from '@config-guardian/raft-node';
import { invitedMethod, PeerError, waitingMethod } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { reject } from '../common/rejected';
import { PeerNetwork } from '../consensus/peers/peer-network';
import type { AddMemberDto } from './cluster.dto';
import type { MemberIdentity, Newcomer } from './member.rules';

const askMs = 5_000;

/** Nodes that wait to be taken in, as an administrator names them. */
@Injectable()
export class WaitingNodes {
  constructor(
    private readonly network: PeerNetwork,
    private readonly log: PinoLogger,
  ) {}

  /** The node at the address, when it is the one that is meant and belongs to no other cluster. */
  async find({ id, raftAddress, apiAddress }: AddMemberDto): Promise<Newcomer> {
    if (!this.network.transport)
      reject(
        'node-not-joinable',
        'The node that you ask was started without CLUSTER_SECRET, so no other can reach it.',
      );
    const { from, incarnation, role } = await this.#ask(raftAddress);
    if (from.nodeId !== id) reject('node-not-joinable', `The node at ${raftAddress} is ${from.nodeId}, not ${id}.`);
    const { version, clusterVersion } = from;
    return { nodeId: id, incarnation, raftAddress, apiAddress, ...(role && { role }), version, clusterVersion };
  }

  /** Not heard of, it goes on asking by itself, and is told then. */
  async invite({ nodeId, raftAddress }: MemberIdentity): Promise<void> {
    const { clusterId } = this.network.identity;
    try {
      await this.network.askAt(raftAddress, invitedMethod, { clusterId }, askMs);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.code !== 'formed') this.log.warn(`${nodeId} was not told that it is a member: ${error.message}`);
    }
  }

  /** A node that waits tells its incarnation; one that belongs to this cluster already has told it in the handshake. */
  async #ask(address: string): Promise<{ readonly from: PeerIdentity } & Pick<Newcomer, 'incarnation' | 'role'>> {
    const { clusterId } = this.network.identity;
    try {
      const { from, answer } = await this.network.askAt<JoinRequest>(address, waitingMethod, {}, askMs);
      return { from, incarnation: answer.incarnation, role: answer.role };
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.code !== 'formed') return reject('node-not-joinable', `No waiting node answers: ${error.message}.`);
    }
    const { from } = await this.network.askAt(address, 'cluster/standing', {}, askMs);
    if (from.clusterId !== clusterId) reject('node-not-joinable', `The node at ${address} belongs to another cluster.`);
    return { from, incarnation: from.incarnation };
  }
}
