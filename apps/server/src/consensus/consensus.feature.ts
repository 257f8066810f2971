import { auditRecords } from './audit-chain';
import { commandOutcomes } from './outcome-window';
import { formerClusters } from './succession/former-clusters.table';
import { succeedCluster } from './succession/succeed-cluster.command';

/** What every state machine has, whatever its features. */
export const consensusFeature = {
  tables: [auditRecords, commandOutcomes, formerClusters],
  commands: [succeedCluster],
};
