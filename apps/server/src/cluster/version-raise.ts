import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { newestClusterVersion } from '../common/release';
import { ConsensusService } from '../consensus/consensus.service';
import type { LeaderDuty } from '../consensus/leader-duties';
import { LeaderDuties } from '../consensus/leader-duties';
import { clusterMembers } from './cluster-members.table';
import { raiseVersion } from './commands/raise-version.command';
import { commonClusterVersion } from './member.rules';

/** The last step of a rolling upgrade: when every member runs a newer build, the cluster uses what it brings. */
@Injectable()
export class VersionRaise implements LeaderDuty, OnModuleInit {
  readonly name = 'raise the cluster version';

  constructor(
    private readonly consensus: ConsensusService,
    private readonly duties: LeaderDuties,
    private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.duties.register(this);
  }

  async perform(): Promise<void> {
    const { state } = this.consensus;
    // A first member has a row as soon as it has announced itself; until then nobody knows what it understands.
    const isSilent = ({ nodeId }: { readonly nodeId: string }): boolean => !state.of(clusterMembers).get(nodeId);
    if (this.consensus.status().members.some(isSilent)) return;
    const common = Math.min(commonClusterVersion(state), newestClusterVersion);
    if (common <= state.clusterVersion) return;
    const { result } = await this.consensus.executeAsSystem(raiseVersion, { clusterVersion: common });
    this.log.info(`the cluster runs at version ${result.clusterVersion}`);
  }
}
