import { defineTable } from '../consensus/state/table-definition';
import { ClusterMemberEntity } from './cluster-member.entity';

/** Local to the cluster: two clusters with the same content have different members and the same state hash. */
export const clusterMembers = defineTable<ClusterMemberEntity>()({
  name: 'cluster_members',
  entity: ClusterMemberEntity,
  key: ['nodeId'],
  isHashed: false,
});
