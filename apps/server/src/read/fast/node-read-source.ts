import { Injectable } from '@nestjs/common';
import { ServingGate } from '../../common/serving-gate';
import { configs } from '../../configs/configs.table';
import { ConsensusNode } from '../../consensus/consensus-node';
import { observedRound } from '../../consensus/observed-barrier';
import { ApiKeys } from '../../projects/api-keys';
import type { PreparedAnswer, ServedConfig } from '../prepared-answers';
import { ReadService } from '../read.service';
import type { ReadSource } from './read-source';

/** The state of this node, in its own process. */
@Injectable()
export class NodeReadSource implements ReadSource {
  constructor(
    private readonly node: ConsensusNode,
    private readonly apiKeys: ApiKeys,
    private readonly gate: ServingGate,
    private readonly reads: ReadService,
  ) {}

  get isServing(): boolean {
    return this.gate.reason === null;
  }

  get isBehind(): boolean {
    return false;
  }

  get wasConfirmed(): boolean {
    return this.node.barrier.wasConfirmed;
  }

  get ageMs(): number {
    return this.node.barrier.ageMs;
  }

  get index(): number {
    return this.node.applied.value;
  }

  confirm(): Promise<unknown> {
    return observedRound(this.node.observed, this.node.barrier.confirm());
  }

  catchUp(): Promise<unknown> {
    return Promise.resolve();
  }

  projectOf(apiKey: string): string | undefined {
    return this.apiKeys.projectOf(apiKey);
  }

  config(projectId: string, key: string): ServedConfig | undefined {
    return this.node.machine.state.of(configs).get(projectId, key);
  }

  heldSnapshot(projectId: string): PreparedAnswer | undefined {
    return this.reads.heldSnapshot(projectId);
  }
}
