import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ConsensusService } from '../consensus/consensus.service';
import type { LeaderDuty } from '../consensus/leader-duties';
import { LeaderDuties } from '../consensus/leader-duties';
import type { RefreshFamilyEntity } from '../users/refresh-family.entity';
import { refreshFamilies } from '../users/refresh-families.table';
import { purgeExpiredSessions } from './commands/purge-expired-sessions.command';
import { TableWalk } from '../consensus/state/table-walk';

/** Two rounds a second: 100,000 logins are gone through in under two minutes. An expired one is refused before that. */
const rowsAtOnce = 500;

@Injectable()
export class ExpiredSessions implements LeaderDuty, OnModuleInit {
  readonly name = 'purge expired logins';
  readonly #walk = new TableWalk<RefreshFamilyEntity>(rowsAtOnce, ({ id }) => id);

  constructor(
    private readonly consensus: ConsensusService,
    private readonly duties: LeaderDuties,
  ) {}

  onModuleInit(): void {
    this.duties.register(this);
  }

  async perform(): Promise<void> {
    const now = new Date().toISOString();
    const familyIds = this.#walk
      .next(this.consensus.state.of(refreshFamilies))
      .filter(({ expiresAt }) => expiresAt <= now)
      .map(({ id }) => id);
    if (familyIds.length > 0) await this.consensus.executeAsSystem(purgeExpiredSessions, { familyIds });
  }
}
