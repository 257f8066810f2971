import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TableWalk } from '../consensus/state/table-walk';
import { ConsensusService } from '../consensus/consensus.service';
import { DomainEvents } from '../consensus/domain-events';
import type { LeaderDuty } from '../consensus/leader-duties';
import { LeaderDuties } from '../consensus/leader-duties';
import type { ApiKeyEntity } from './api-key.entity';
import { expireApiKeys } from './commands/expire-api-keys.command';
import { apiKeyRegenerated } from './project.events';
import { apiKeys } from './projects.table';

/** The first round looks at every key; later ones go on looking, for keys that came with a snapshot and not with events. */
const rowsAtOnce = 500;

/** Ends replaced keys within a round of the leader's duties after their grace period. */
@Injectable()
export class ExpiringApiKeys implements LeaderDuty, OnModuleInit {
  readonly name = 'end replaced API keys';
  readonly #projectIds = new Set<string>();
  readonly #walk = new TableWalk<ApiKeyEntity>(rowsAtOnce, ({ hash }) => hash);
  #hasLookedAtAll = false;

  constructor(
    private readonly consensus: ConsensusService,
    private readonly duties: LeaderDuties,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.duties.register(this);
    this.events.on(apiKeyRegenerated, ({ payload: { project, previousKeyExpiresAt } }) => {
      if (previousKeyExpiresAt !== null) this.#projectIds.add(project.id);
    });
  }

  async perform(): Promise<void> {
    this.#lookForKeys();
    const now = new Date().toISOString();
    for (const projectId of [...this.#projectIds]) {
      const ends = this.#endsOf(projectId);
      if (ends.length === 0) this.#projectIds.delete(projectId);
      else if (ends.some((end) => end <= now)) await this.consensus.executeAsSystem(expireApiKeys, { projectId });
    }
  }

  #endsOf(projectId: string): readonly string[] {
    return [...this.consensus.state.of(apiKeys).list('byProject', [projectId])].flatMap(
      ({ expiresAt }) => expiresAt ?? [],
    );
  }

  #lookForKeys(): void {
    const keys = this.consensus.state.of(apiKeys);
    const seen = this.#hasLookedAtAll ? this.#walk.next(keys) : keys.all();
    for (const { expiresAt, projectId } of seen) if (expiresAt !== null) this.#projectIds.add(projectId);
    this.#hasLookedAtAll = true;
  }
}
