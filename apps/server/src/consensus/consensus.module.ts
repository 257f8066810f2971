import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ServingGate } from '../common/serving-gate';
import { NodeDatabase } from '../database/node-database';
import type { Feature } from './command.registry';
import { CommandRegistry } from './command.registry';
import { ConsensusNode } from './consensus-node';
import { CONSENSUS_OPTIONS } from './consensus.options';
import type { ConsensusOptions } from './consensus.options';
import { ConsensusService } from './consensus.service';
import { DomainEvents } from './domain-events';
import { History } from './history';
import { LeaderDuties } from './leader-duties';
import { LogBeginning } from './peers/log-beginning';
import { PeerNetwork } from './peers/peer-network';

@Module({})
class ConsensusFeatureModule {}

@Global()
@Module({})
export class ConsensusModule {
  static forRoot(options: ConsensusOptions): DynamicModule {
    return {
      module: ConsensusModule,
      providers: [
        { provide: CONSENSUS_OPTIONS, useValue: options },
        { provide: CommandRegistry, useFactory: () => new CommandRegistry() },
        NodeDatabase,
        ServingGate,
        PeerNetwork,
        LogBeginning,
        DomainEvents,
        LeaderDuties,
        ConsensusNode,
        ConsensusService,
        History,
      ],
      exports: [
        CommandRegistry,
        NodeDatabase,
        ServingGate,
        PeerNetwork,
        DomainEvents,
        LeaderDuties,
        ConsensusNode,
        ConsensusService,
        History,
      ],
    };
  }

  /** Registers what a feature brings. All features are registered before the log starts, which is at bootstrap. */
  static forFeature(feature: Feature): DynamicModule {
    const token = Symbol('feature');
    return {
      module: ConsensusFeatureModule,
      providers: [
        {
          provide: token,
          useFactory: (registry: CommandRegistry) => registry.register(feature),
          inject: [CommandRegistry],
        },
      ],
    };
  }
}
