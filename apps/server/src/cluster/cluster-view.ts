import type { LogMember } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import type { ReadConsistency } from '../common/http/request-context';
import { ConsensusNode } from '../consensus/consensus-node';
import { ConsensusService } from '../consensus/consensus.service';
import type { ClusterDto, MemberDto } from './cluster.dto';
import { clusterMembers } from './cluster-members.table';
import { LeaderKnowledge } from './leader-knowledge';
import type { Progress } from './leader-knowledge';
import { PeerDirectory } from './peer-directory';

/** The answer does not wait longer than this for a leader that may be gone. */
const askLeaderMs = 500;

/** The cluster as this node sees it. */
@Injectable()
export class ClusterView {
  constructor(
    private readonly node: ConsensusNode,
    private readonly consensus: ConsensusService,
    private readonly knowledge: LeaderKnowledge,
    private readonly directory: PeerDirectory,
  ) {}

  /** A local read tells what this node knows by itself. */
  async read({ level }: Pick<ReadConsistency, 'level'>): Promise<ClusterDto> {
    const progress = await this.knowledge.ask(level === 'local' ? 0 : askLeaderMs);
    const { clusterId, nodeId, role, term, leaderId, commitIndex, members } = this.consensus.status();
    return {
      ...{ clusterId, nodeId, role, term, leaderId, commitIndex },
      appliedIndex: this.consensus.appliedIndex,
      flushedIndex: this.node.persister.status().flushedIndex,
      stateHash: this.consensus.stateHash,
      clusterVersion: this.consensus.state.clusterVersion,
      members: members.map((member) => this.#member(member, leaderId, progress)),
    };
  }

  #member(inForce: LogMember, leaderId: string | null, progress: readonly Progress[] | null): MemberDto {
    const { nodeId: id, member, role } = inForce;
    const row = this.consensus.state.of(clusterMembers).get(id);
    // A first member that has not announced itself yet is known by its handshake alone.
    const { raftAddress = '', apiAddress = '', version = '' } = row ?? this.directory.seen(id) ?? {};
    const { matchIndex = null, lastContactMs = null } = progress?.find((one) => one.member === member) ?? {};
    return {
      ...{ id, raftAddress, apiAddress, role, version, matchIndex },
      isLeader: id === leaderId,
      lastContactMs: lastContactMs === null ? null : Math.round(lastContactMs),
    };
  }
}
