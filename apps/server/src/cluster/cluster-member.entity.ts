import { Column, Entity, PrimaryColumn } from 'typeorm';
import { StampedEntity } from '../database/stamped.entity';

/** What the cluster wants a node to be. The leader brings the Raft configuration there, one change at a time. */
export type Standing = 'voter' | 'learner' | 'removed';

@Entity({
  name: 'cluster_members',
  comment: 'Every node that was ever a member: where it is, and what it is meant to be. Never part of a backup.',
})
export class ClusterMemberEntity extends StampedEntity {
  @PrimaryColumn({ name: 'node_id', type: 'text', comment: 'NODE_ID; never used again after a removal.' })
  readonly nodeId: string;

  @Column({ type: 'text', comment: 'One life of its disk: with the node id it names the member.' })
  readonly incarnation: string;

  @Column({ name: 'raft_address', type: 'text', comment: 'host:port for its peers.' })
  readonly raftAddress: string;

  @Column({ name: 'api_address', type: 'text', comment: 'URL of its HTTP API.' })
  readonly apiAddress: string;

  @Column({ type: 'text', comment: 'voter, learner or removed.' })
  readonly standing: Standing;

  @Column({ type: 'text', comment: 'The release of its build.' })
  readonly version: string;

  @Column({ name: 'cluster_version', type: 'integer', comment: 'The newest cluster version that its build can run.' })
  readonly clusterVersion: number;
}
