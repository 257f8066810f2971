import { Module } from '@nestjs/common';
import { ConsensusModule } from '../consensus/consensus.module';
import { ClusterChanges } from './cluster-changes';
import { ClusterController } from './cluster.controller';
import { clusterFeature } from './cluster.feature';
import { ClusterView } from './cluster-view';
import { DatabaseWatch } from './database-watch';
import { JoiningMembers } from './joining-members';
import { LeaderKnowledge } from './leader-knowledge';
import { OwnMembership } from './own-membership';
import { PeerDirectory } from './peer-directory';
import { Reconciler } from './reconciler';
import { StateComparison } from './state-comparison';
import { VersionRaise } from './version-raise';
import { WaitingNodes } from './waiting-nodes';

@Module({
  imports: [ConsensusModule.forFeature(clusterFeature)],
  controllers: [ClusterController],
  providers: [
    ClusterChanges,
    ClusterView,
    DatabaseWatch,
    JoiningMembers,
    LeaderKnowledge,
    OwnMembership,
    PeerDirectory,
    Reconciler,
    StateComparison,
    VersionRaise,
    WaitingNodes,
  ],
  exports: [StateComparison],
})
export class ClusterModule {}
